-- Runs inside Neovim: starts the server through the plugin, plays one scenario, and writes what was seen.
-- Environment: KA_PACKAGES (a folder of Neovim packages, this repository one of them), KA_PYTHON, KA_FILE, KA_SCENARIO, KA_OUT, KA_SETTINGS (JSON).

local seen = { progress = {}, questions = {}, notes = {} }
local answer = 'Apply' ---@type string? nil: the question is turned away
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

--- Neovim 0.10 leaves an empty line where text is put behind the last line.
local function is_same(one, other)
  return one:gsub('%s+$', '') == other:gsub('%s+$', '')
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
vim.opt.packpath:prepend(vim.env.KA_PACKAGES)
vim.ui.select = function(items, options, on_choice)
  table.insert(seen.questions, options.prompt)
  local function choose()
    for _, item in ipairs(items) do
      if item.title == answer then
        return on_choice(item)
      end
    end
    on_choice(answer and items[1])
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
local config = {
  cmd = { vim.env.KA_PYTHON, '-m', 'kernelagent_lsp', '--stdio' },
  settings = { kernelagent = vim.json.decode(vim.env.KA_SETTINGS) },
}
-- Both of the documented ways, where there are both.
if vim.fn.has('nvim-0.11') == 1 and vim.env.KA_SCENARIO ~= 'tour' then
  vim.lsp.config('kernelagent', config)
  vim.lsp.enable('kernelagent')
else
  require('kernelagent').setup(config)
end

local scenarios = {}

local function client_of(bufnr)
  return vim.lsp.get_clients({ bufnr = bufnr, name = 'kernelagent' })[1]
end

local function open()
  vim.cmd.edit(vim.fn.fnameescape(vim.env.KA_FILE))
  local bufnr = vim.api.nvim_get_current_buf()
  wait('the client', function()
    return client_of(bufnr) ~= nil
  end)
  seen.encoding = client_of(bufnr).offset_encoding
  return bufnr
end

local function open_and_fuse()
  local bufnr = open()
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
  vim.api.nvim_buf_call(sibling, function()
    vim.cmd('silent redo')
  end)
  vim.cmd('silent wall')
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
    vim.api.nvim_buf_call(bufnr, function()
      vim.cmd('silent %s/dim=-1/dim=0/')
    end)
    vim.schedule(function()
      answer = nil -- to what is asked next
    end)
  end
  bufnr = open_and_fuse()
  wait('the question', function()
    return #seen.questions > 0
  end)
  wait('the refusal', function()
    return #seen.questions > 1
  end)
  seen.after = text_of(bufnr)
  vim.cmd.LspKernelagentDiscard()
  wait('the end of the offer', function()
    return #seen.notes > 0
  end)
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

local function note_after(command)
  local before = #seen.notes
  command()
  wait('a note', function()
    return #seen.notes > before
  end)
  return seen.notes[#seen.notes]
end

--- What needs no kernel.
function scenarios.tour()
  local bufnr = open()
  seen.commands = vim.tbl_filter(function(name)
    return vim.startswith(name, 'LspKernelagent')
  end, vim.tbl_keys(vim.api.nvim_get_commands({})))
  seen.classes = vim.fn.getcompletion('LspKernelagentFuse ', 'cmdline')
  seen.jobs = vim.fn.getcompletion('LspKernelagentReport ', 'cmdline')
  seen.statusline = require('kernelagent').statusline()
  seen.outside = note_after(vim.cmd.LspKernelagentVerify)
  seen.without_kernel = note_after(function()
    vim.cmd.LspKernelagentUseTriton('Gate')
  end)
  vim.cmd.LspKernelagentAddExampleInputs('Plain')
  wait('the example inputs', function()
    return select(2, text_of(bufnr):gsub('# kernelagent: inputs', '')) == 2
  end)

  vim.cmd.LspKernelagentDebugInformation()
  wait('the debug information', function()
    return vim.api.nvim_get_current_buf() ~= bufnr
  end)
  seen.debug_information = text_of(0)
  vim.cmd.close()
  vim.cmd.LspKernelagentLogs()
  seen.log = vim.api.nvim_buf_get_name(0)
  vim.cmd.tabclose()

  local before = client_of(bufnr).id
  vim.cmd.LspKernelagentRestart()
  wait('another client', function()
    local client = client_of(bufnr)
    return client ~= nil and client.id ~= before and client.initialized
  end)

  vim.cmd.checkhealth('kernelagent')
  seen.health = text_of(0)
  vim.cmd('silent! only')

  local help = vim.fs.dirname(vim.env.KA_OUT) .. '/help'
  vim.fn.mkdir(help, 'p')
  vim.uv.fs_copyfile(vim.api.nvim_get_runtime_file('doc/kernelagent.txt', false)[1], help .. '/kernelagent.txt')
  vim.cmd.helptags(vim.fn.fnameescape(help))
  seen.tags = vim.tbl_map(function(line)
    return (line:match('^[^\t]+'))
  end, vim.fn.readfile(help .. '/tags'))
end

--- Buffers that are no file here, and what the plugin says of them.
function scenarios.elsewhere()
  local bufnr = open()
  local lines = vim.api.nvim_buf_get_lines(bufnr, 0, -1, true)
  seen.said = {}
  for _, name in ipairs({ '', 'scp://host//srv/model.py', 'fugitive:///srv/project/.git//0/model.py', 'zipfile:///srv/a.zip::model.py' }) do
    vim.cmd.enew()
    if name ~= '' then
      vim.api.nvim_buf_set_name(0, name)
    end
    vim.api.nvim_buf_set_lines(0, 0, -1, true, lines)
    vim.bo.filetype = 'python'
    vim.fn.search('def forward')
    table.insert(seen.said, note_after(vim.cmd.LspKernelagentFuse))
    table.insert(seen.said, note_after(function()
      vim.cmd.LspKernelagentFuse('Gate')
    end))
    local here = vim.lsp.get_clients({ bufnr = 0, name = 'kernelagent' })[1]
    for _, method in ipairs(here and { 'textDocument/codeAction', 'textDocument/codeLens', 'textDocument/hover' } or {}) do
      local params = vim.lsp.util.make_range_params(0, here.offset_encoding)
      params.position = params.range.start
      params.context = { diagnostics = {} }
      local answers = vim.lsp.buf_request_sync(0, method, params, 10000)
      for _, answer in pairs(assert(answers, method)) do
        assert(not answer.err, vim.inspect(answer))
      end
    end
    vim.bo.modified = false
  end
  vim.cmd.buffer(bufnr)
  seen.jobs = note_after(vim.cmd.LspKernelagentJobs)
  seen.clients = #vim.lsp.get_clients({ name = 'kernelagent' })
end

local function floating()
  return vim.tbl_filter(function(window)
    return vim.api.nvim_win_get_config(window).relative ~= ''
  end, vim.api.nvim_list_wins())
end

local function page()
  return vim.tbl_map(function(window)
    local shown = vim.api.nvim_win_get_buf(window)
    return { name = vim.api.nvim_buf_get_name(shown), text = text_of(shown), diff = vim.wo[window].diff }
  end, vim.api.nvim_tabpage_list_wins(0))
end

--- From the window of progress to a kernel that comes, changes places with its class and goes.
function scenarios.review()
  answer = nil
  require('kernelagent').progress_window()
  local bufnr = open_and_fuse()
  local window = vim.api.nvim_get_current_win()
  wait('the window of progress', function()
    return #floating() == 1
  end)
  seen.floating = text_of(vim.api.nvim_win_get_buf(floating()[1]))
  seen.focusable = vim.api.nvim_win_get_config(floating()[1]).focusable
  seen.kept_focus = vim.api.nvim_get_current_win() == window
  seen.statusline = require('kernelagent').statusline()
  wait('the question', function()
    return #seen.questions > 0
  end)
  wait('the end of the window', function()
    return #floating() == 0
  end)
  seen.statusline_after = require('kernelagent').statusline()
  seen.before = text_of(bufnr)

  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title == 'Review the Triton kernel'
    end,
  })
  wait('a review by the menu', function()
    return #vim.api.nvim_list_tabpages() > 1
  end)
  vim.cmd('tabonly!')
  vim.cmd.buffer(bufnr)
  seen.jobs = vim.fn.getcompletion('LspKernelagentReview G', 'cmdline')
  vim.cmd.LspKernelagentReview()
  wait('a review by command', function()
    return #vim.api.nvim_list_tabpages() > 1
  end)
  seen.kernel_page = page()
  vim.cmd.tabnext()
  seen.original_page = page()
  vim.api.nvim_feedkeys('q', 'xt', false)
  seen.pages_after_q = #vim.api.nvim_list_tabpages()
  seen.diffs = vim.tbl_filter(function(shown)
    return vim.endswith(vim.api.nvim_buf_get_name(shown), '.diff')
  end, vim.api.nvim_list_bufs())
  seen.after_review = text_of(bufnr)

  local kernel_file = vim.env.KA_FILE:gsub('%.py$', '_triton.py')
  vim.cmd.LspKernelagentApply()
  wait('the kernel', function()
    return vim.fn.bufnr(kernel_file) ~= -1 and text_of(bufnr) ~= seen.before
  end)
  seen.applied = text_of(bufnr)
  vim.cmd('tabonly!')
  vim.cmd.buffer(bufnr)
  vim.cmd('silent wall')
  vim.cmd.LspKernelagentUseOriginal('Gate')
  wait('the original', function()
    return is_same(text_of(bufnr), seen.before)
  end)
  vim.cmd.LspKernelagentUseTriton('Gate')
  wait('the Triton version', function()
    return is_same(text_of(bufnr), seen.applied)
  end)
  vim.cmd('silent %s/dim=-1/dim=0/')
  wait('the stale kernel', function()
    return require('kernelagent').statusline() ~= ''
  end)
  seen.statusline_stale = require('kernelagent').statusline()
  vim.cmd.LspKernelagentRemove('Gate')
  wait('its end', function()
    return not vim.uv.fs_stat(kernel_file)
  end)
  seen.removed = text_of(bufnr)
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
