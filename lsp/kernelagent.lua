-- KernelAgent for Neovim 0.11 and newer.
--
-- Put the folder that holds this `lsp` folder on 'runtimepath', then:
--
--   vim.lsp.enable('kernelagent')
--
-- Settings go to `vim.lsp.config('kernelagent', { settings = { kernelagent = { apply = 'auto' } } })`.
-- Commands, in Python buffers: LspKernelagentFuse, LspKernelagentCancel, LspKernelagentApply, LspKernelagentReport,
-- LspKernelagentJobs. All but the first take a job from a list where there are several.

local KIND = 'refactor.rewrite.kernelagent.fuse'

---@param text string
---@param level integer?
local function say(text, level)
  vim.notify('KernelAgent: ' .. text, level or vim.log.levels.INFO)
end

--- Runs one of the server's commands and hands on its answer; an error is shown.
---@param client vim.lsp.Client
---@param command string
---@param argument table
---@param on_result fun(result: any)?
local function execute(client, command, argument, on_result)
  if vim.tbl_isempty(argument) then
    argument = vim.empty_dict()
  end
  client:request('workspace/executeCommand', { command = command, arguments = { argument } }, function(err, result)
    if err then
      say(err.message, vim.log.levels.ERROR)
    elseif on_result then
      on_result(result)
    end
  end)
end

---@param job table
---@return string
local function describe(job)
  local stage = job.stage ~= '' and job.state == 'running' and (', ' .. job.stage) or ''
  return ('%s of %s: %s%s, %.1f s'):format(job.kind, job.class, job.state, stage, job.elapsedS)
end

--- Calls `on_job` with the job that fits, or with the one that the user chooses where several do.
---@param client vim.lsp.Client
---@param what string
---@param fits fun(job: table): boolean
---@param on_job fun(job: table)
local function with_job(client, what, fits, on_job)
  execute(client, 'kernelagent.jobs', {}, function(result)
    local jobs = vim.tbl_filter(fits, result.jobs)
    if #jobs == 0 then
      say('there is no job to ' .. what .. '.', vim.log.levels.WARN)
    elseif #jobs == 1 then
      on_job(jobs[1])
    else
      vim.ui.select(jobs, { prompt = 'Which job to ' .. what .. '?', format_item = describe }, function(job)
        if job then
          on_job(job)
        end
      end)
    end
  end)
end

---@param job table
---@return boolean
local function is_running(job)
  return job.state == 'waiting' or job.state == 'running'
end

---@param client vim.lsp.Client
---@param bufnr integer
local function add_commands(client, bufnr)
  local function command(name, description, action)
    vim.api.nvim_buf_create_user_command(bufnr, 'LspKernelagent' .. name, action, { desc = description })
  end

  command('Fuse', 'Fuse the module class at the cursor to Triton', function()
    vim.lsp.buf.code_action({
      context = { only = { KIND }, diagnostics = {} },
      filter = function(action)
        return action.kind == KIND
      end,
      apply = true,
    })
  end)

  command('Cancel', 'Cancel a running job', function()
    with_job(client, 'cancel', is_running, function(job)
      execute(client, 'kernelagent.cancel', { jobId = job.jobId }, function(result)
        say(result.cancelled and 'cancelled.' or 'it had ended already.')
      end)
    end)
  end)

  command('Apply', 'Apply a verified Triton kernel', function()
    with_job(client, 'apply', function(job)
      return job.kind == 'fuse' and job.state == 'verified'
    end, function(job)
      execute(client, 'kernelagent.apply', { jobId = job.jobId }, function(result)
        if not result.applied then
          say('not applied. ' .. result.reason, vim.log.levels.WARN)
        end
      end)
    end)
  end)

  command('Report', 'Show the report of a job', function()
    with_job(client, 'show the report of', function(job)
      return not is_running(job)
    end, function(job)
      execute(client, 'kernelagent.report', { jobId = job.jobId })
    end)
  end)

  command('Jobs', 'List jobs', function()
    execute(client, 'kernelagent.jobs', {}, function(result)
      local lines = vim.tbl_map(describe, result.jobs)
      say(#lines == 0 and 'no jobs.' or table.concat(lines, '\n'))
    end)
  end)
end

---@type vim.lsp.Config
return {
  cmd = { 'kernelagent-lsp', '--stdio' },
  filetypes = { 'python' },
  root_markers = { 'pyproject.toml', 'setup.py', 'setup.cfg', '.git' },
  settings = { kernelagent = vim.empty_dict() },
  -- Changes are sent as they are made: held back, they would be unknown to a server that is about to edit the buffer, and
  -- Neovim checks an edit's version against what it has sent, not against what was typed.
  flags = { debounce_text_changes = 0 },
  on_attach = add_commands,
}
