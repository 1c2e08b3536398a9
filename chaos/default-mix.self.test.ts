import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mix } from './default-mix.ts'

const folder = new URL('faults/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.self.test.ts'))

test.each(files)(
  'the fault of %s is in the default mix, unless it strikes another plane than the mesh',
  async (file) => {
    const exported: Record<string, unknown> = await import(`./faults/${file}`)
    const kinds = Object.values(exported).filter(
      (value) => typeof value === 'object' && value !== null && 'primitive' in value,
    )
    expect(kinds).toHaveLength(1)
    const isOfMesh = kinds.some((kind) => 'probe' in kind)
    expect(kinds).toSatisfy(() => isOfMesh !== kinds.some((kind) => 'plane' in kind))
    if (isOfMesh) expect(mix.map(({ kind }) => kind)).toContain(kinds[0])
  },
)
