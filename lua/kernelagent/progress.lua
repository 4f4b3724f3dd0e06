--- What runs, as the server's progress tells of it.
local M = {}

---@class kernelagent.Progress
---@field client_id integer
---@field title string
---@field message string stage, count, cost and elapsed time, in the server's words

local running = {} ---@type table<string, kernelagent.Progress> by client and token
local order = {} ---@type string[] keys of `running`, the oldest first
local listeners = {} ---@type fun()[]

---@param gone fun(key: string): boolean
local function forget(gone)
  order = vim.tbl_filter(function(key)
    if gone(key) then
      running[key] = nil
      return false
    end
    return true
  end, order)
end

local function changed()
  forget(function(key)
    return vim.lsp.get_client_by_id(running[key].client_id) == nil
  end)
  for _, listener in ipairs(listeners) do
    listener()
  end
  vim.cmd.redrawstatus()
end

--- Calls `listener` whenever `lines()` has changed.
---@param listener fun()
function M.on_change(listener)
  table.insert(listeners, listener)
end

--- Takes note of one `$/progress`.
---@param client_id integer
---@param params lsp.ProgressParams
function M.heard(client_id, params)
  local client, value = vim.lsp.get_client_by_id(client_id), params.value
  if not client or client.name ~= 'kernelagent' or type(value) ~= 'table' then
    return
  end
  local key = client_id .. ' ' .. params.token
  if value.kind == 'begin' then
    running[key] = { client_id = client_id, title = value.title, message = value.message or '' }
    table.insert(order, key)
  elseif value.kind == 'report' and running[key] then
    running[key].message = value.message or running[key].message
  elseif value.kind == 'end' then
    forget(function(other)
      return other == key
    end)
  end
  changed()
end

--- A client may be gone in a moment, and what ran in it with it.
function M.detached()
  if #order > 0 then
    vim.defer_fn(changed, 100)
  end
end

--- One line for each running job, the oldest first.
---@return string[]
function M.lines()
  return vim.tbl_map(function(key)
    local job = running[key]
    return (('%s: %s'):format(job.title, job.message):gsub('%s+', ' '))
  end, order)
end

return M
