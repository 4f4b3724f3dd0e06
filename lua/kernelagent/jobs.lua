--- The server's jobs: which one is meant, and a job in a line.
local server = require('kernelagent.server')

local M = {}

---@param job table a row of `kernelagent.jobs`
---@return string
function M.describe(job)
  local stage = job.stage ~= '' and job.state == 'running' and (', ' .. job.stage) or ''
  local state = job.applied and 'applied' or job.discarded and 'discarded' or job.state
  return ('%s of %s: %s%s, %.1f s'):format(job.kind, job.class, state, stage, job.elapsedS)
end

---@param job table
---@return boolean
function M.is_running(job)
  return job.state == 'waiting' or job.state == 'running'
end

---@param job table
---@return boolean
function M.is_over(job)
  return not M.is_running(job) and job.state ~= 'cancelling'
end

---@param job table
---@return boolean
function M.waits_for_answer(job)
  return job.offered
end

--- Calls `on_jobs` with the jobs of all clients, and the client of each, the oldest first.
---@param on_jobs fun(jobs: table[], client_of: table<table, vim.lsp.Client>)
function M.all(on_jobs)
  local clients = server.clients(vim.api.nvim_get_current_buf())
  if #clients == 0 then
    server.say('no server runs. See :checkhealth kernelagent', vim.log.levels.WARN)
    return
  end
  local jobs, client_of, answers = {}, {}, 0
  for _, client in ipairs(clients) do
    server.execute(client, 'kernelagent.jobs', {}, function(result)
      for _, job in ipairs(result.jobs) do
        table.insert(jobs, job)
        client_of[job] = client
      end
      answers = answers + 1
      if answers == #clients then
        on_jobs(jobs, client_of)
      end
    end)
  end
end

--- Calls `on_job` with the job that fits, or with the one that the user chooses where several do.
---@param what string what is to be done with it
---@param class string of this class alone, where it is not empty
---@param fits fun(job: table): boolean
---@param on_job fun(client: vim.lsp.Client, job: table)
function M.choose(what, class, fits, on_job)
  M.all(function(jobs, client_of)
    local fitting = vim.tbl_filter(function(job)
      return fits(job) and (class == '' or job.class == class)
    end, jobs)
    if #fitting == 0 then
      local of = class == '' and '' or (' of ' .. class)
      server.say(('there is no job%s to %s.'):format(of, what), vim.log.levels.WARN)
    elseif #fitting == 1 then
      on_job(client_of[fitting[1]], fitting[1])
    else
      local newest_first = {}
      for index = #fitting, 1, -1 do
        table.insert(newest_first, fitting[index])
      end
      local prompt = ('Which job to %s?'):format(what)
      vim.ui.select(newest_first, { prompt = prompt, format_item = M.describe }, function(job)
        if job then
          on_job(client_of[job], job)
        end
      end)
    end
  end)
end

--- Names of the classes that have jobs which fit, for completion.
---@param fits fun(job: table): boolean
---@return string[]
function M.classes(fits)
  local names = {}
  for _, client in ipairs(server.clients(vim.api.nvim_get_current_buf())) do
    local result = server.execute_now(client, 'kernelagent.jobs')
    for _, job in ipairs(result and result.jobs or {}) do
      if fits(job) and not vim.tbl_contains(names, job.class) then
        table.insert(names, job.class)
      end
    end
  end
  return names
end

return M
