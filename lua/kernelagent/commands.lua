--- The `:LspKernelagent…` commands: one row each. All but the last four take a class's name, which is completed; without it
--- they mean the class at the cursor, or the job that there is.
local M = {}

---@type table<string, { [1]: string, [2]: string }> what is done to a class: description, the server's command
local OF_CLASS = {
  Fuse = { 'Fuse the module class at the cursor to Triton', 'kernelagent.fuse' },
  Verify = { "Judge the class's kernel file", 'kernelagent.verify' },
  Benchmark = { "Time the class's kernel; needs a GPU", 'kernelagent.benchmark' },
  UseTriton = { "Put the Triton version in the class's place", 'kernelagent.useTriton' },
  UseOriginal = { 'Use the class itself again', 'kernelagent.useOriginal' },
  Remove = { "Take the class's Triton version out of the project", 'kernelagent.remove' },
  AddExampleInputs = { 'Write example inputs above the class', 'kernelagent.addExampleInputs' },
}

---@class kernelagent.OfJob
---@field [1] string description
---@field [2] string what is done, for messages and questions
---@field fits string a function of `kernelagent.jobs`
---@field run fun(client: vim.lsp.Client, job: table)

---@type table<string, kernelagent.OfJob>
local OF_JOB = {
  Cancel = {
    'Cancel a running job',
    'cancel',
    fits = 'is_running',
    run = function(client, job)
      local server = require('kernelagent.server')
      server.execute(client, 'kernelagent.cancel', { jobId = job.jobId }, function(result)
        server.say(result.cancelled and 'cancelled.' or 'it had ended already.')
      end)
    end,
  },
  Review = {
    'Show what applying a verified kernel would change',
    'review',
    fits = 'waits_for_answer',
    run = function(client, job)
      require('kernelagent.review').open(client, { jobId = job.jobId })
    end,
  },
  Apply = {
    'Apply a verified Triton kernel',
    'apply',
    fits = 'waits_for_answer',
    run = function(client, job)
      M.execute_edit(client, 'kernelagent.apply', { jobId = job.jobId })
    end,
  },
  Discard = {
    'Forget a verified kernel; its run stays on disk',
    'discard',
    fits = 'waits_for_answer',
    run = function(client, job)
      local server = require('kernelagent.server')
      server.execute(client, 'kernelagent.discard', { jobId = job.jobId }, function(result)
        server.say(result.discarded and 'discarded.' or 'it was not offered any more.')
      end)
    end,
  },
  Report = {
    'Show the report of a job',
    'show the report of',
    fits = 'is_over',
    run = function(client, job)
      require('kernelagent.server').execute(client, 'kernelagent.report', { jobId = job.jobId })
    end,
  },
}

---@type table<string, { [1]: string, [2]: fun() }>
local PLAIN = {
  Jobs = {
    'List jobs',
    function()
      local jobs = require('kernelagent.jobs')
      jobs.all(function(all)
        local lines = vim.tbl_map(jobs.describe, all)
        require('kernelagent.server').say(#lines == 0 and 'no jobs.' or table.concat(lines, '\n'))
      end)
    end,
  },
  Restart = {
    'Restart the server',
    function()
      require('kernelagent.server').restart()
    end,
  },
  Logs = {
    "Open Neovim's log of language servers, where this one's messages are",
    function()
      vim.cmd.tabedit(vim.fn.fnameescape(vim.lsp.log.get_filename()))
      vim.cmd('normal! G')
    end,
  },
  DebugInformation = {
    'Show what a bug report needs; there is no secret in it',
    function()
      local server = require('kernelagent.server')
      local client = server.clients(vim.api.nvim_get_current_buf())[1]
      if not client then
        server.say('no server runs. See :checkhealth kernelagent', vim.log.levels.WARN)
        return
      end
      server.execute(client, 'kernelagent.debugInformation', {}, function(text)
        local lines = vim.split('Neovim ' .. tostring(vim.version()) .. '\n' .. text, '\n')
        vim.cmd.new()
        vim.bo.buftype, vim.bo.bufhidden, vim.bo.swapfile = 'nofile', 'wipe', false
        vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
      end)
    end,
  },
}

--- Runs a command that answers `{applied, reason}`; where it is not applied, the reason is shown.
---@param client vim.lsp.Client
---@param command string
---@param argument table
function M.execute_edit(client, command, argument)
  local server = require('kernelagent.server')
  server.execute(client, command, argument, function(result)
    if result.applied == false and result.reason then
      server.say('not applied. ' .. result.reason, vim.log.levels.WARN)
    end
  end)
end

--- Calls `on_class` with the name of the module class at the cursor. The server knows: each of its offers there names the
--- class, or a job of it.
---@param client vim.lsp.Client
---@param on_class fun(class: string)
local function at_cursor(client, on_class)
  local server = require('kernelagent.server')
  local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
  params.context = { diagnostics = {}, only = { 'refactor.rewrite.kernelagent' } }
  server.request(client, 'textDocument/codeAction', params, function(err, actions)
    local is_busy = false
    for _, action in ipairs(not err and actions or {}) do
      local argument = action.command.arguments[1]
      if argument.class then
        return on_class(argument.class)
      end
      is_busy = is_busy or action.command.command == 'kernelagent.cancel'
    end
    local why = is_busy and 'a job runs for this class: wait for it, or :LspKernelagentCancel.'
      or 'the cursor is not in a module class.'
    server.say(err and err.message or why, vim.log.levels.WARN)
  end)
end

---@param name string
---@param class string
local function run_of_class(name, class)
  local bufnr = vim.api.nvim_get_current_buf()
  local server = require('kernelagent.server')
  local uri = vim.uri_from_bufnr(bufnr)
  if not vim.startswith(uri, 'file:///') then -- without a name, or a page of scp://, fugitive:// and their like
    server.say('this buffer is no file on this machine: write it to one first, with :saveas.', vim.log.levels.WARN)
    return
  end
  local client = server.client_of(bufnr)
  if not client then
    return
  end
  local function run(named)
    M.execute_edit(client, OF_CLASS[name][2], { uri = uri, class = named })
  end
  if class == '' then
    at_cursor(client, run)
  else
    run(class)
  end
end

--- Classes of the buffer, whatever they are of: the server says of one that is no module that it is none.
---@return string[]
local function classes_here()
  local names = {}
  for _, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    table.insert(names, line:match('^%s*class%s+([%w_]+)%s*%('))
  end
  return names
end

---@param names string[]
---@param lead string
local function beginning_with(names, lead)
  return vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, names)
end

--- Makes the commands, without loading what they need.
function M.define()
  local function define(name, description, action, options)
    options = vim.tbl_extend('force', { desc = description }, options or {})
    vim.api.nvim_create_user_command('LspKernelagent' .. name, action, options)
  end

  for name, row in pairs(OF_CLASS) do
    define(name, row[1], function(given)
      run_of_class(name, given.args)
    end, {
      nargs = '?',
      complete = function(lead)
        return beginning_with(classes_here(), lead)
      end,
    })
  end
  for name, row in pairs(OF_JOB) do
    define(name, row[1], function(given)
      local jobs = require('kernelagent.jobs')
      jobs.choose(row[2], given.args, jobs[row.fits], row.run)
    end, {
      nargs = '?',
      complete = function(lead)
        local jobs = require('kernelagent.jobs')
        return beginning_with(jobs.classes(jobs[row.fits]), lead)
      end,
    })
  end
  for name, row in pairs(PLAIN) do
    define(name, row[1], row[2])
  end
end

return M
