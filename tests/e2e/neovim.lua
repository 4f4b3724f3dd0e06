-- Runs inside Neovim: starts the server through the shipped configuration, plays one scenario, and writes what was seen.
-- Environment: KA_REPO, KA_PYTHON, KA_FILE, KA_SCENARIO, KA_OUT, KA_SETTINGS (JSON).

local seen = { progress = {}, questions = {}, notes = {} }
local answer = 'Apply'
local before_answer ---@type fun()?

local function finish(err)
  seen.error = err
  local file = assert(io.open(vim.env.KA_OUT, 'w'))
  file:write(vim.json.encode(seen))
  file:close()
  vim.cmd('silent! qall!')
end

local function wait(what, condition)
  if not vim.wait(tonumber(vim.env.KA_PATIENCE) * 1000, condition, 20) then
    error('timed out waiting for ' .. what .. '; seen: ' .. vim.inspect(seen))
  end
end

local function text_of(bufnr)
  return table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, true), '\n')
end

local function diagnostics_of(bufnr)
  return vim.tbl_map(function(found)
    return { line = found.lnum, message = found.message, code = found.code, severity = found.severity }
  end, vim.diagnostic.get(bufnr))
end

local function ended()
  local last = seen.progress[#seen.progress]
  return last ~= nil and last.kind == 'end'
end

vim.opt.swapfile = false
vim.opt.runtimepath:prepend(vim.env.KA_REPO)
vim.ui.select = function(items, options, on_choice)
  table.insert(seen.questions, options.prompt)
  local function choose()
    for _, item in ipairs(items) do
      if item.title == answer then
        return on_choice(item)
      end
    end
    on_choice(items[1])
  end
  if before_answer then
    before_answer()
    before_answer = nil
  end
  choose()
end
vim.notify = function(text)
  table.insert(seen.notes, text)
end
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local value = event.data.params.value
    table.insert(seen.progress, {
      kind = value.kind,
      title = value.title,
      message = value.message,
      percentage = value.percentage,
      cancellable = value.cancellable,
    })
  end,
})
vim.lsp.config('kernelagent', {
  cmd = { vim.env.KA_PYTHON, '-m', 'kernelagent_lsp', '--stdio' },
  settings = { kernelagent = vim.json.decode(vim.env.KA_SETTINGS) },
})
vim.lsp.enable('kernelagent')

local scenarios = {}

local function open_and_fuse()
  vim.cmd.edit(vim.fn.fnameescape(vim.env.KA_FILE))
  local bufnr = vim.api.nvim_get_current_buf()
  wait('the client', function()
    return #vim.lsp.get_clients({ bufnr = bufnr, name = 'kernelagent' }) == 1
  end)
  wait('the command', function()
    return vim.fn.exists(':LspKernelagentFuse') == 2
  end)
  local client = vim.lsp.get_clients({ bufnr = bufnr, name = 'kernelagent' })[1]
  seen.encoding = client.offset_encoding
  vim.fn.search('def forward')
  vim.cmd.LspKernelagentFuse()
  return bufnr
end

local function undo_once(bufnr)
  vim.api.nvim_buf_call(bufnr, function()
    vim.cmd('silent undo')
  end)
  return text_of(bufnr)
end

function scenarios.sibling()
  local bufnr = open_and_fuse()
  wait('the end of progress', ended)
  local sibling
  wait('the kernel file', function()
    sibling = vim.fn.bufnr(vim.env.KA_FILE:gsub('%.py$', '_triton.py'))
    return sibling ~= -1 and text_of(sibling) ~= ''
  end)
  seen.original = text_of(bufnr)
  seen.kernel = text_of(sibling)
  seen.diagnostics = diagnostics_of(bufnr)
  seen.after_undo = undo_once(sibling)
end

function scenarios.inline()
  local bufnr = open_and_fuse()
  local before = text_of(bufnr)
  wait('the edit', function()
    return text_of(bufnr) ~= before
  end)
  seen.before = before
  seen.after = text_of(bufnr)
  seen.after_undo = undo_once(bufnr)
end

function scenarios.stale()
  local bufnr
  before_answer = function()
    vim.api.nvim_buf_set_lines(bufnr, 0, 0, true, { '# typed while the kernel was made' })
  end
  bufnr = open_and_fuse()
  wait('the question', function()
    return #seen.questions > 0
  end)
  wait('the refusal', function()
    return #seen.notes > 0
  end)
  seen.after = text_of(bufnr)
  seen.siblings = vim.fn.glob(vim.fs.dirname(vim.env.KA_FILE) .. '/*_triton.py', true, true)
end

function scenarios.cancel()
  local bufnr = open_and_fuse()
  wait('the beginning of progress', function()
    return #seen.progress > 0
  end)
  vim.cmd.LspKernelagentCancel()
  wait('the end of progress', ended)
  wait('the note', function()
    return #seen.notes > 0
  end)
  vim.cmd.LspKernelagentJobs()
  wait('the list', function()
    return #seen.notes > 1
  end)
  seen.after = text_of(bufnr)
end

function scenarios.report()
  answer = 'Report'
  open_and_fuse()
  wait('the report', function()
    return vim.api.nvim_buf_get_name(0):match('report%.md$') ~= nil
  end)
  seen.report = text_of(0)
  vim.cmd.edit(vim.fn.fnameescape(vim.env.KA_FILE))
  vim.cmd.LspKernelagentApply()
  wait('the kernel file', function()
    local sibling = vim.fn.bufnr(vim.env.KA_FILE:gsub('%.py$', '_triton.py'))
    return sibling ~= -1 and text_of(sibling) ~= ''
  end)
end

function scenarios.lint()
  vim.cmd.edit(vim.fn.fnameescape(vim.env.KA_FILE))
  local bufnr = vim.api.nvim_get_current_buf()
  wait('the finding', function()
    return #vim.diagnostic.get(bufnr) > 0
  end)
  seen.diagnostics = diagnostics_of(bufnr)
  seen.before = text_of(bufnr)
  local line = vim.diagnostic.get(bufnr)[1].lnum + 1
  vim.api.nvim_win_set_cursor(0, { line, 4 })
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:match('^Add other=') ~= nil
    end,
  })
  wait('the edit', function()
    return text_of(bufnr) ~= seen.before
  end)
  seen.after = text_of(bufnr)
  wait('its end', function()
    return #vim.diagnostic.get(bufnr) == 0
  end)
  seen.after_undo = undo_once(bufnr)
  wait('the finding again', function()
    return #vim.diagnostic.get(bufnr) > 0
  end)
  vim.api.nvim_buf_set_lines(bufnr, 0, 0, true, { '# 🙂 typed above' })
  wait('the finding one line below', function()
    local found = vim.diagnostic.get(bufnr)
    return #found == 1 and found[1].lnum == line
  end)
end

-- After startup is over, in a coroutine-free context where vim.wait runs the event loop.
vim.api.nvim_create_autocmd('VimEnter', {
  callback = function()
    vim.schedule(function()
      local ok, err = xpcall(scenarios[vim.env.KA_SCENARIO], debug.traceback)
      finish(not ok and err or nil)
    end)
  end,
})
