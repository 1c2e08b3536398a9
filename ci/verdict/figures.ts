/** A number as people read it: three significant digits, thousands apart; ∞ for the largest, which stands where nothing was measured. */
export function figure(value: number): string {
  if (value === Number.MAX_VALUE) return '∞'
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4)) return value.toExponential(2)
  return value.toLocaleString(
    'en-US',
    Math.abs(value) >= 1_000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
  )
}

/** A share in parts as a percentage, precise enough to tell 99.99 % from 100 %. */
export function percent(share: number): string {
  const fine = (share > 0 && share < 0.01) || (share > 0.99 && share < 1)
  return `${(share * 100).toLocaleString('en-US', fine ? { maximumFractionDigits: 4 } : { maximumSignificantDigits: 3 })} %`
}

/** `p99` for 0.99, `p99.9` for 0.999. */
export const quantileName = (quantile: number): string => `p${Number((quantile * 100).toFixed(4))}`

/** `1 sample`, `2 samples`. */
export const counted = (n: number, noun: string): string => `${figure(n)} ${noun}${n === 1 ? '' : 's'}`
