;;; emacs.el --- Runs inside Emacs: one session with the server through eglot  -*- lexical-binding: t -*-
;; Environment: KA_PYTHON, KA_FILE, KA_OUT, KA_SCENARIO, KA_SETTINGS (JSON), KA_PATIENCE.

;; This Emacs runs through its own loader, and so cannot start itself to compile.
(setq native-comp-jit-compilation nil
      native-comp-enable-subr-trampolines nil)

(require 'cl-lib)
(require 'eglot)
(require 'json)

(defvar ka-progress nil "Kinds of progress, the last first.")
(defvar ka-questions nil "Questions that were asked.")

(setq eglot-confirm-server-edits nil
      eglot-autoshutdown nil
      make-backup-files nil
      create-lockfiles nil)
(setq-default eglot-workspace-configuration
              (list :kernelagent (json-parse-string (getenv "KA_SETTINGS") :object-type 'plist)))
(add-to-list 'eglot-server-programs
             `(python-mode . (,(getenv "KA_PYTHON") "-m" "kernelagent_lsp" "--stdio")))

(cl-defmethod eglot-handle-notification :before (_server (_method (eql $/progress)) &key _token value)
  (push (plist-get value :kind) ka-progress))

(setq completing-read-function
      (lambda (prompt choices &rest _)
        (push (format "%s" prompt) ka-questions)
        (let ((names (all-completions "" choices)))
          (or (car (member "Apply" names)) (car names)))))

(defun ka-wait (what condition)
  "Wait until CONDITION gives something, and give that; WHAT is for the error."
  (let ((deadline (+ (float-time) (string-to-number (getenv "KA_PATIENCE")))) value)
    (while (not (setq value (funcall condition)))
      (when (> (float-time) deadline)
        (error "Timed out waiting for %s; progress %S" what ka-progress))
      (accept-process-output nil 0.05))
    value))

(defun ka-text (buffer)
  (with-current-buffer buffer (buffer-substring-no-properties (point-min) (point-max))))

(defun ka-session ()
  "Open the file, run the action, wait for the kernel, undo it; an alist of what was seen."
  (let* ((inhibit-message t)
         (buffer (find-file-noselect (getenv "KA_FILE")))
         (before (ka-text buffer))
         (inline (equal (getenv "KA_SCENARIO") "inline"))
         target after undone)
    (with-current-buffer buffer
      (python-mode)
      (apply #'eglot--connect (eglot--guess-contact))
      (ka-wait "the connection" #'eglot-current-server)
      (goto-char (point-min))
      (search-forward "def forward")
      (eglot-code-actions (point) (point) "refactor.rewrite.kernelagent.fuse" t))
    (setq target
          (ka-wait "the kernel"
                   (lambda ()
                     (let ((found (if inline buffer
                                    (get-file-buffer (replace-regexp-in-string "\\.py\\'" "_triton.py" (getenv "KA_FILE"))))))
                       (and found (string-match-p "class GateTriton" (ka-text found)) found)))))
    (setq after (ka-text target))
    (with-current-buffer target
      (undo-boundary)
      (setq last-command nil)
      (undo)
      (setq undone (ka-text target)))
    (ka-wait "the end of progress" (lambda () (equal (car ka-progress) "end")))
    `((before . ,before) (after . ,after) (undone . ,undone) (original . ,(ka-text buffer))
      (progress . ,(vconcat (reverse ka-progress))) (questions . ,(vconcat (reverse ka-questions))))))

(let ((seen (condition-case err (ka-session) (error `((error . ,(format "%S" err)))))))
  (with-temp-file (getenv "KA_OUT") (insert (json-encode seen)))
  (kill-emacs 0))
