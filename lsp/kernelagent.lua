-- How KernelAgent's server is started, for `vim.lsp.enable('kernelagent')` (Neovim 0.11 and newer) and for
-- `require('kernelagent').setup()`, which any supported Neovim has. What can be set: `:help kernelagent-settings`.

---@type vim.lsp.ClientConfig
return {
  name = 'kernelagent',
  cmd = { 'kernelagent-lsp', '--stdio' },
  filetypes = { 'python' },
  root_markers = { 'pyproject.toml', 'setup.py', 'setup.cfg', '.git' },
  settings = { kernelagent = vim.empty_dict() },
  -- Changes are sent as they are made: held back, they would be unknown to a server that is about to edit the buffer, and
  -- Neovim checks an edit's version against what it has sent, not against what was typed.
  flags = { debounce_text_changes = 0 },
  -- Where a code action or a lens runs this command, it is shown as `:LspKernelagentReview` shows it.
  commands = {
    ['kernelagent.review'] = function(command, context)
      local client = vim.lsp.get_client_by_id(context.client_id)
      require('kernelagent.review').open(assert(client), command.arguments[1])
    end,
  },
  handlers = {
    ['workspace/applyEdit'] = function(...)
      return require('kernelagent.new_files').apply_edit(...)
    end,
    ['window/showDocument'] = function(...)
      return require('kernelagent.review').show_document(...)
    end,
  },
}
