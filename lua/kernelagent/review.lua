--- What applying a kernel would change, side by side in tab pages of their own. Nothing of the project is touched.
local server = require('kernelagent.server')

local M = {}

-- Reviews that are under way: the one document that the server shows for each would be the same in another form.
local asked = 0

---@param uri string
---@return string[]
local function lines_of(uri)
  local file = assert(io.open(vim.uri_to_fname(uri), 'rb'))
  local text = file:read('*a')
  file:close()
  local lines = vim.split(text:gsub('\r\n', '\n'), '\n')
  if lines[#lines] == '' and #lines > 1 then
    table.remove(lines)
  end
  return lines
end

---@param side string
---@param file table `{uri, before, after}`
---@return integer
local function buffer_of(side, file)
  local bufnr = vim.api.nvim_create_buf(false, true)
  local name = ('kernelagent://%s/%s'):format(side, vim.fn.fnamemodify(vim.uri_to_fname(file.uri), ':t'))
  local older = vim.fn.bufnr('^' .. vim.fn.escape(name, '[]*?') .. '$')
  if older ~= -1 then
    vim.api.nvim_buf_delete(older, { force = true })
  end
  vim.api.nvim_buf_set_name(bufnr, name)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines_of(file[side]))
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].modifiable = false
  -- Colours alone: 'filetype' would start language servers for text that is no file.
  vim.bo[bufnr].syntax = 'python'
  vim.keymap.set('n', 'q', function()
    if #vim.api.nvim_list_tabpages() > 1 then
      vim.cmd.tabclose()
    end
  end, { buffer = bufnr, desc = 'Close this page of the review' })
  return bufnr
end

---@param file table `{uri, before, after}`
local function show(file)
  local before, after = buffer_of('before', file), buffer_of('after', file)
  vim.cmd('tab sbuffer ' .. before)
  vim.cmd.diffthis()
  vim.cmd('rightbelow vertical sbuffer ' .. after)
  vim.cmd.diffthis()
end

--- Asks for a review and shows it: a tab page for each file, in the server's order, the first in front.
---@param client vim.lsp.Client
---@param argument table `{jobId}`
function M.open(client, argument)
  asked = asked + 1
  server.request(client, 'workspace/executeCommand', {
    command = 'kernelagent.review',
    arguments = { argument },
  }, function(err, result)
    -- The request to show a document came first, and is answered in a coroutine that is on its way by now.
    vim.schedule(function()
      asked = asked - 1
      if err then
        server.say(err.message, vim.log.levels.WARN)
        return
      end
      for _, file in ipairs(result.files) do
        show(file)
      end
      if #result.files > 1 then
        vim.cmd.tabprevious({ range = { #result.files - 1 } })
      end
    end)
  end)
end

--- `window/showDocument`: as Neovim does it, but for the diff of a review that is shown side by side.
function M.show_document(err, params, context, config)
  if asked > 0 and vim.endswith(params.uri, '.diff') then
    return { success = true }
  end
  return vim.lsp.handlers['window/showDocument'](err, params, context, config)
end

return M
