--- A small window in the corner, with a line for each running job. It is never focused, and goes with the last job.
local progress = require('kernelagent.progress')

local M = {}

local is_enabled, is_listening = false, false
local bufnr ---@type integer?
local window ---@type integer?

local function close()
  if window and vim.api.nvim_win_is_valid(window) then
    vim.api.nvim_win_close(window, true)
  end
  window = nil
end

---@param lines string[]
local function place_of(lines)
  local width = 1
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line))
  end
  return {
    relative = 'editor',
    anchor = 'SE',
    row = vim.o.lines - vim.o.cmdheight - 1,
    col = vim.o.columns,
    width = math.min(width, math.max(1, vim.o.columns - 4)),
    height = math.min(#lines, math.max(1, vim.o.lines - 6)),
    focusable = false,
    style = 'minimal',
    border = 'rounded',
    zindex = 45,
  }
end

local function show()
  local lines = is_enabled and progress.lines() or {}
  if #lines == 0 then
    close()
    return
  end
  if not bufnr or not vim.api.nvim_buf_is_valid(bufnr) then
    bufnr = vim.api.nvim_create_buf(false, true)
  end
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  local place = place_of(lines)
  local is_here = window
    and vim.api.nvim_win_is_valid(window)
    and vim.api.nvim_win_get_tabpage(window) == vim.api.nvim_get_current_tabpage()
  if is_here then
    vim.api.nvim_win_set_config(window, place)
  else
    close()
    place.noautocmd = true
    window = vim.api.nvim_open_win(bufnr, false, place)
  end
end

---@param enabled boolean
function M.enable(enabled)
  is_enabled = enabled
  if not is_listening then
    is_listening = true
    progress.on_change(function()
      -- Not from within another window's business: the command-line window lets none be opened.
      if vim.fn.getcmdwintype() == '' then
        show()
      end
    end)
  end
  show()
end

return M
