--- Files that an edit of the server's creates: their lines end as the server's text says.
local M = {}

--- New files of `changes` whose text is one of DOS. What applies an edit changes its texts, so this is asked before.
---@param changes table[]
---@return string[] URIs
local function with_dos_ends(changes)
  local is_new, found = {}, {}
  for _, change in ipairs(changes) do
    if change.kind == 'create' then
      is_new[change.uri] = vim.fn.getfsize(vim.uri_to_fname(change.uri)) <= 0
    elseif not change.kind and is_new[change.textDocument.uri] and change.edits[1].newText:find('\r\n', 1, true) then
      table.insert(found, change.textDocument.uri)
    end
  end
  return found
end

--- `workspace/applyEdit`: as Neovim does it, which takes every new file for one of Unix.
function M.apply_edit(err, params, context, config)
  local uris = with_dos_ends(params and params.edit.documentChanges or {})
  local answer = vim.lsp.handlers['workspace/applyEdit'](err, params, context, config)
  for _, uri in ipairs(answer.applied and uris or {}) do
    vim.bo[vim.uri_to_bufnr(uri)].fileformat = 'dos'
  end
  return answer
end

return M
