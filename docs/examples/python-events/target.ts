import { fileURLToPath } from 'node:url'
import { httpTarget } from '../../../suites/contract/http-target.ts'
import { defineTarget } from '../../../suites/contract/target.ts'

const server = fileURLToPath(new URL('server.py', import.meta.url))
// PYTHON_EVENTS=--lossy starts the broken twin, which the gate must find out.
const twin = process.env['PYTHON_EVENTS'] === '--lossy' ? ['--lossy'] : []

export default defineTarget({
  name: 'python-events',
  tiers: { processes: httpTarget({ url: 'http://127.0.0.1:8421', command: ['python3', server, ...twin] }) },
})
