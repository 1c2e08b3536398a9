/** Names under which load rows record what LOAD-MODEL holds virtual time against. */
export const processingSeries = 'beacon-processing'
export const coresFigure = 'CPU of the nodes'
