--- What a configuration calls: `setup`, `statusline`, `progress_window`. See `:help kernelagent`.
local M = {}

--- Starts the server for Python buffers, those that are open and those to come.
--- In Neovim 0.11 and newer this is `vim.lsp.config('kernelagent', config)` and `vim.lsp.enable('kernelagent')`.
---@param config vim.lsp.ClientConfig? what differs from `lsp/kernelagent.lua`
function M.setup(config)
  require('kernelagent.server').enable(config or {})
end

--- One line of plain text: what runs, or that a kernel of the current buffer is stale; else nothing.
---@return string
function M.statusline()
  local running = require('kernelagent.progress').lines()
  if #running > 0 then
    local more = #running > 1 and (' (+%d)'):format(#running - 1) or ''
    return 'KernelAgent: ' .. running[1] .. more
  end
  for _, found in ipairs(vim.diagnostic.get(0)) do
    if found.source == 'kernelagent' and found.code == 'StaleKernel' then
      return 'KernelAgent: stale kernel'
    end
  end
  return ''
end

--- Shows a small window with a line for each running job, for as long as one runs.
---@param enabled boolean? default: true
function M.progress_window(enabled)
  require('kernelagent.window').enable(enabled ~= false)
end

return M
