/** Names under which load rows record what LOAD-MODEL holds virtual time against. */
export const processingSeries = 'beacon-processing'
export const coresFigure = 'CPU of the nodes'
/** Of every process that the mesh calls its own: every load scenario reports it. */
export const meshCpuFigure = 'CPU of the mesh'
