const sample = /^([a-zA-Z_:][\w:]*)(\{[^}]*\})?\s+(\S+)/

/** Sum of a series over all label sets and all processes; null when no process exposes a sample of it. */
export function seriesTotal(expositions: readonly string[], name: string): number | null {
  const values = expositions
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => {
      const [, series, , value] = sample.exec(line) ?? []
      return series === name ? [Number(value)] : []
    })
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
}
