-- Commands and what listens to progress. Nothing else is loaded before it is used.
if vim.g.loaded_kernelagent or vim.fn.has('nvim-0.10') == 0 then
  return
end
vim.g.loaded_kernelagent = true

require('kernelagent.commands').define()

local group = vim.api.nvim_create_augroup('kernelagent', {})
vim.api.nvim_create_autocmd('LspProgress', {
  group = group,
  callback = function(event)
    require('kernelagent.progress').heard(event.data.client_id, event.data.params)
  end,
})
vim.api.nvim_create_autocmd('LspDetach', {
  group = group,
  callback = function()
    require('kernelagent.progress').detached()
  end,
})
