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
(defvar ka-answers (list "Review" "Apply") "What they are answered with.")

(setq eglot-confirm-server-edits nil
      eglot-autoshutdown nil
      make-backup-files nil
      create-lockfiles nil)
(setq-default eglot-workspace-configuration
              (list :kernelagent (json-parse-string (getenv "KA_SETTINGS") :object-type 'plist :false-object :json-false)))
(add-to-list 'eglot-server-programs
             `(python-mode . (,(getenv "KA_PYTHON") "-m" "kernelagent_lsp" "--stdio")))

(cl-defmethod eglot-handle-notification :before (_server (_method (eql $/progress)) &key _token value)
  (push (plist-get value :kind) ka-progress))

(defvar ka-said nil "What the server said, the last first.")

(cl-defmethod eglot-handle-notification :before (_server (_method (eql window/showMessage)) &key _type message)
  (push message ka-said))

(cl-defmethod eglot-handle-notification :before (_server (_method (eql window/logMessage)) &key _type message)
  (push message ka-said))

(setq completing-read-function
      (lambda (prompt choices &rest _)
        (push (format "%s" prompt) ka-questions)
        (let ((names (all-completions "" choices)))
          (or (car (member (pop ka-answers) names)) (car names)))))

(defun ka-wait (what condition)
  "Wait until CONDITION gives something, and give that; WHAT is for the error."
  (let ((deadline (+ (float-time) (string-to-number (getenv "KA_PATIENCE")))) value)
    (while (not (setq value (funcall condition)))
      (when (> (float-time) deadline)
        (error "Timed out waiting for %s; progress %S; questions %S; said %S; buffers %S"
               what (remove "report" ka-progress)
               ka-questions ka-said
               (mapcar (lambda (buffer) (list (buffer-name buffer) (buffer-size buffer))) (buffer-list))))
      (accept-process-output nil 0.05)
      ;; eglot tells of changes when Emacs is idle, and in batch mode it never is.
      (dolist (buffer (buffer-list))
        (with-current-buffer buffer
          (when (and (boundp 'eglot--recent-changes) eglot--managed-mode) (eglot--signal-textDocument/didChange)))))
    value))

(defun ka-text (buffer)
  (with-current-buffer buffer (buffer-substring-no-properties (point-min) (point-max))))

(defun ka-act (kind)
  "Run the code action KIND on forward of the current buffer."
  (goto-char (point-min))
  (search-forward "def forward")
  (eglot-code-actions (point) (point) (concat "refactor.rewrite.kernelagent." kind) t))

(defun ka-afterwards (buffer target)
  "The original and the Triton version in turn, then a class that has changed; an alist of what was seen."
  (let ((applied (ka-text buffer)) original)
    (save-some-buffers t)
    (with-current-buffer buffer
      (ka-act "useOriginal")
      (setq original (ka-wait "the original" (lambda () (and (not (equal (ka-text buffer) applied)) (ka-text buffer)))))
      (ka-act "useTriton")
      (ka-wait "the Triton version" (lambda () (equal (ka-text buffer) applied)))
      (goto-char (point-min))
      (search-forward "dim=-1")
      (replace-match "dim=0")
      (eglot--signal-textDocument/didChange))
    (ka-wait "the stale kernel"
             (lambda ()
               (with-current-buffer buffer
                 (flymake-start) ; in batch mode no command that ends does it
                 (cl-some (lambda (found) (string-match-p "StaleKernel" (flymake-diagnostic-text found)))
                          (flymake-diagnostics)))))
    `((back . ,original) (kernel . ,(ka-text target)))))

(defun ka-session ()
  "Open the file, run the action, wait for the kernel, undo it; an alist of what was seen."
  (let* ((inhibit-message t)
         (buffer (find-file-noselect (getenv "KA_FILE")))
         (before (ka-text buffer))
         (inline (equal (getenv "KA_SCENARIO") "inline"))
         review target after undone original afterwards)
    (with-current-buffer buffer
      (python-mode)
      (apply #'eglot--connect (eglot--guess-contact))
      (ka-wait "the connection" #'eglot-current-server)
      (ka-act "fuse"))
    (unless inline
      (setq review (ka-text (ka-wait "the review" (lambda () (get-buffer "Gate.diff"))))))
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
    (setq original (ka-text buffer))
    (ka-wait "the end of progress" (lambda () (equal (car ka-progress) "end")))
    (unless inline
      (with-current-buffer target
        (undo-redo))
      (setq afterwards (ka-afterwards buffer target)))
    `(,@afterwards (review . ,review) (original . ,original)
      (before . ,before) (after . ,after) (undone . ,undone)
      (progress . ,(vconcat (reverse ka-progress))) (questions . ,(vconcat (reverse ka-questions))))))

(let ((seen (condition-case err (ka-session) (error `((error . ,(format "%S" err)))))))
  (with-temp-file (getenv "KA_OUT") (insert (json-encode seen)))
  (kill-emacs 0))
