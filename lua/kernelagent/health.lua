--- `:checkhealth kernelagent`: what the editor has, what the server can, and what `kernelagent doctor` says.
local M = {}

local health = vim.health

--- What a command prints; nil, and why, where it fails.
---@param command string[]
---@param seconds integer
---@return string?, string?
local function output_of(command, seconds)
  local ok, done = pcall(function()
    return vim.system(command, { text = true }):wait(seconds * 1000)
  end)
  if not ok then
    return nil, tostring(done)
  end
  if done.signal ~= 0 then
    return nil, ('it did not end within %d s'):format(seconds)
  end
  if vim.trim(done.stdout) == '' then
    return nil, vim.trim(done.stderr)
  end
  return done.stdout
end

local function check_neovim()
  health.start('Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.10') == 0 then
    health.error(version .. ' is too old', 'Install 0.10 or newer.')
    return
  end
  local how = vim.fn.has('nvim-0.11') == 1 and 'vim.lsp.enable' or "require('kernelagent').setup"
  health.ok(('%s; servers are started by %s'):format(version, how))
  if vim.fn.exists(':LspKernelagentFuse') == 2 then
    health.ok('the plugin and its commands are loaded')
  else
    health.warn('the commands are not there', 'Put the plugin on runtimepath before plugins are loaded.')
  end
end

--- The arguments of the server that name the program, without what tells it how to speak.
---@param cmd string[]
---@return string[]
local function program_of(cmd)
  return vim.tbl_filter(function(argument)
    return argument ~= '--stdio'
  end, cmd)
end

---@param config table
local function check_server(config)
  health.start('Server')
  if type(config.cmd) ~= 'table' then
    health.ok('started by a function of your configuration')
    return
  end
  if vim.fn.executable(config.cmd[1]) == 0 then
    health.error(config.cmd[1] .. ' is not found', {
      'Install the server, so that kernelagent-lsp is on PATH: docs/quickstart.md',
      "or name it: require('kernelagent').setup({ cmd = { '/path/to/venv/bin/kernelagent-lsp', '--stdio' } })",
    })
    return
  end
  local version, why = output_of(vim.list_extend(program_of(config.cmd), { '--version' }), 20)
  if version then
    health.ok(('%s (%s)'):format(vim.trim(version), vim.fn.exepath(config.cmd[1])))
  else
    health.error(('%s does not start: %s'):format(table.concat(config.cmd, ' '), why))
  end
end

--- What the plugin's own commands use.
local USED = {
  'fuse', 'cancel', 'review', 'apply', 'discard', 'verify', 'benchmark', 'useTriton', 'useOriginal', 'remove', 'report',
  'jobs', 'addExampleInputs', 'debugInformation',
}

local PROVIDERS = {
  { 'codeActionProvider', 'code actions' },
  { 'codeLensProvider', 'code lenses' },
  { 'hoverProvider', 'hover' },
  { 'inlayHintProvider', 'inlay hints' },
  { 'documentSymbolProvider', 'document symbols' },
}

---@param client vim.lsp.Client
local function check_client(client)
  local server = client.server_capabilities
  health.ok(('client %d, of %s, in %s'):format(client.id, client.root_dir or 'no folder', client.offset_encoding))
  local offers = {}
  for _, provider in ipairs(PROVIDERS) do
    if server[provider[1]] then
      table.insert(offers, provider[2])
    end
  end
  health.info('the server offers ' .. table.concat(offers, ', '))
  local listed = (server.executeCommandProvider or {}).commands or {}
  local missing = vim.tbl_filter(function(name)
    return not vim.tbl_contains(listed, 'kernelagent.' .. name)
  end, USED)
  if #missing > 0 then
    health.warn('the server does not know ' .. table.concat(missing, ', '), 'Update the server, or the plugin.')
  end
  if client.flags.debounce_text_changes ~= 0 then
    health.warn('flags.debounce_text_changes is not 0', 'An edit could land in text that the server has not seen.')
  end
  local text = require('kernelagent.server').execute_now(client, 'kernelagent.debugInformation')
  for line in vim.gsplit(text or '', '\n') do
    if vim.startswith(line, 'interpreters in use') then
      health.info(line)
    end
  end
end

---@param is_set_up boolean
local function check_clients(is_set_up)
  health.start('Running')
  local clients = vim.lsp.get_clients({ name = 'kernelagent' })
  if not is_set_up then
    health.warn('it is not set up', "Call require('kernelagent').setup() in your configuration.")
  elseif #clients == 0 then
    health.info('no client runs: it starts with the first Python file')
  end
  for _, client in ipairs(clients) do
    check_client(client)
  end
end

--- `kernelagent` as it was installed with the server, else the one on PATH.
---@param cmd any
---@return string?
local function command_line_of(cmd)
  local server = type(cmd) == 'table' and vim.fn.exepath(cmd[1]) or ''
  local beside = vim.fs.joinpath(vim.fs.dirname(server), 'kernelagent')
  for _, candidate in ipairs({ server ~= '' and beside or nil, 'kernelagent' }) do
    if vim.fn.executable(candidate) == 1 then
      return vim.fn.exepath(candidate)
    end
  end
end

local TELL = { ok = health.ok, warn = health.warn, fail = health.error }

---@param config table
local function check_doctor(config)
  health.start('Interpreter and tools, as kernelagent doctor sees them')
  local program = command_line_of(config.cmd)
  if not program then
    health.warn('the command kernelagent is neither beside the server nor on PATH')
    return
  end
  local command = { program, 'doctor', '--json' }
  local interpreter = vim.tbl_get(config, 'settings', 'kernelagent', 'interpreter')
  if type(interpreter) == 'string' and interpreter ~= '' then
    vim.list_extend(command, { '--interpreter', interpreter })
  end
  local text, why = output_of(command, 120)
  local ok, said = pcall(vim.json.decode, text or '')
  if not ok or type(said) ~= 'table' or not said.findings then
    health.error(('%s: %s'):format(table.concat(command, ' '), why or 'its answer is not JSON'))
    return
  end
  for _, finding in ipairs(said.findings) do
    local tell = TELL[finding.status] or health.info
    tell(('%s: %s'):format(finding.name, finding.detail), finding.remedy ~= '' and { finding.remedy } or nil)
  end
end

function M.check()
  check_neovim()
  local config, is_set_up = require('kernelagent.server').config()
  check_server(config)
  check_clients(is_set_up)
  check_doctor(config)
end

return M
