--- The server's clients, in every Neovim from 0.10: starting, restarting, and asking them.
local M = {}

local NAME = 'kernelagent'
local HAS_ENABLE = vim.fn.has('nvim-0.11') == 1

---@param text string
---@param level integer?
function M.say(text, level)
  vim.notify('KernelAgent: ' .. text, level or vim.log.levels.INFO)
end

--- All of the server's clients, those of `bufnr` first.
---@param bufnr integer
---@return vim.lsp.Client[]
function M.clients(bufnr)
  local clients = vim.lsp.get_clients({ name = NAME })
  local function is_far(client)
    return client.attached_buffers[bufnr] and 0 or 1
  end
  table.sort(clients, function(one, other)
    return is_far(one) * 1e6 + one.id < is_far(other) * 1e6 + other.id
  end)
  return clients
end

--- The client of `bufnr`; where there is none, that is said.
---@param bufnr integer
---@return vim.lsp.Client?
function M.client_of(bufnr)
  local client = vim.lsp.get_clients({ name = NAME, bufnr = bufnr })[1]
  if not client then
    M.say('no server runs for this buffer. See :checkhealth kernelagent', vim.log.levels.WARN)
  end
  return client
end

--- Calls a client's method: a function of its own in 0.10, a method since.
local function call(client, method, ...)
  if HAS_ENABLE then
    return client[method](client, ...)
  end
  return client[method](...)
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param on_answer fun(error: lsp.ResponseError?, result: any)
function M.request(client, method, params, on_answer)
  call(client, 'request', method, params, on_answer)
end

---@param command string
---@param argument table
local function executing(command, argument)
  return { command = command, arguments = { vim.tbl_isempty(argument) and vim.empty_dict() or argument } }
end

--- Runs one of the server's commands and hands on its answer; an error is shown.
---@param client vim.lsp.Client
---@param command string
---@param argument table
---@param on_result fun(result: any)?
function M.execute(client, command, argument, on_result)
  M.request(client, 'workspace/executeCommand', executing(command, argument), function(err, result)
    if err then
      M.say(err.message, vim.log.levels.ERROR)
    elseif on_result then
      on_result(result)
    end
  end)
end

--- The same, waiting for the answer for as long as a user waits for a completion; nil where none came.
---@param client vim.lsp.Client
---@param command string
---@return any
function M.execute_now(client, command)
  local answer = call(client, 'request_sync', 'workspace/executeCommand', executing(command, {}), 500, 0)
  return answer and answer.result
end

local in_0_10 ---@type vim.lsp.ClientConfig? what `enable` was given, where Neovim has no `vim.lsp.config`

---@param bufnr integer
local function start_in_0_10(bufnr)
  local config = assert(in_0_10)
  if vim.bo[bufnr].buftype ~= '' or not vim.tbl_contains(config.filetypes, vim.bo[bufnr].filetype) then
    return
  end
  local root_dir = config.root_dir or vim.fs.root(bufnr, config.root_markers)
  vim.lsp.start(vim.tbl_extend('force', config, { root_dir = root_dir }), { bufnr = bufnr })
end

local function start_everywhere()
  if HAS_ENABLE then
    vim.lsp.enable(NAME)
    return
  end
  for _, bufnr in ipairs(in_0_10 and vim.api.nvim_list_bufs() or {}) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      start_in_0_10(bufnr)
    end
  end
end

---@return table
local function shipped()
  local file = vim.api.nvim_get_runtime_file('lsp/kernelagent.lua', false)[1]
  return dofile(assert(file, 'lsp/kernelagent.lua is not on runtimepath'))
end

--- Starts the server for Python buffers, with `config` over `lsp/kernelagent.lua`.
---@param config vim.lsp.ClientConfig
function M.enable(config)
  if HAS_ENABLE then
    vim.lsp.config(NAME, config)
  else
    in_0_10 = vim.tbl_deep_extend('force', shipped(), config)
    vim.api.nvim_create_autocmd('FileType', {
      group = vim.api.nvim_create_augroup('kernelagent.start', {}),
      callback = function(event)
        start_in_0_10(event.buf)
      end,
    })
  end
  start_everywhere()
end

--- The configuration that a client is started with, and whether anything starts one.
---@return table, boolean
function M.config()
  if not HAS_ENABLE then
    return in_0_10 or shipped(), in_0_10 ~= nil
  end
  local is_enabled = vim.lsp.is_enabled and vim.lsp.is_enabled(NAME) or #vim.lsp.get_clients({ name = NAME }) > 0
  return vim.lsp.config[NAME], is_enabled
end

--- Stops the server where it runs and starts it, with the configuration as it is now.
function M.restart()
  if not HAS_ENABLE and not in_0_10 then
    M.say("it is not set up: call require('kernelagent').setup()", vim.log.levels.WARN)
    return
  end
  local function stop(by_force)
    for _, client in ipairs(vim.lsp.get_clients({ name = NAME })) do
      call(client, 'stop', by_force)
    end
  end
  local patience = 60 -- twentieths of a second: the server's own limit is two seconds
  local function start_when_stopped()
    patience = patience - 1
    if #vim.lsp.get_clients({ name = NAME }) == 0 then
      start_everywhere()
      return
    end
    if patience == 0 then
      stop(true)
    end
    vim.defer_fn(start_when_stopped, 50)
  end
  stop(false)
  start_when_stopped()
end

return M
