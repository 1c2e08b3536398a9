import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'forged-refused'>
type Used = Extract<Item, { type: 'used' }>
type Link = Used['links'][number]
type Range = Link['ranges'][number]

/** How many numbers come again, of ranges in any order. */
function comeAgain(ranges: readonly Range[]): number {
  let again = 0
  let highest = Number.NEGATIVE_INFINITY
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    again += Math.max(0, Math.min(to, highest) - from + 1)
    highest = Math.max(highest, to)
  }
  return again
}

/** Whatever an instant a beacon bears, its number may be used once. */
const repeatedOn = ({ ranges, forged }: Link): number =>
  comeAgain([...ranges, ...forged.map((number): Range => [number, number])])

function usedViolations({ links }: Used): readonly string[] {
  const total = (claim: string, kind: string, count: (link: Link) => number): readonly string[] => {
    const counts = links.map((link) => [link.link, count(link)] as const).filter(([, number]) => number > 0)
    const [first] = counts
    if (first === undefined) return []
    const sum = counts.reduce((all, [, number]) => all + number, 0)
    return [`${claim}: ${sum} ${kind}, ${first[1]} of them on ${first[0]}`]
  }
  return [
    ...links.flatMap(({ link, ranges }) =>
      ranges.some(([from, to]) => to < from) ? [`${link}: a range of numbers ends before it begins`] : [],
    ),
    ...total('no forged or altered beacon is used', 'used', ({ forged }) => forged.length),
    ...total('no beacon is used twice', 'used again', repeatedOn),
  ]
}

const violationsOf = (item: Item): readonly string[] => {
  if (item.type === 'used') return usedViolations(item)
  return item.outcome === 'refused' ? [] : [`not refused, ${item.item}: ${item.outcome}`]
}

/**
 * Nothing false is taken for true: what the suite said under a false signature was refused, no beacon was used that says it was
 * forged, and none twice.
 */
export const forgedRefused = (items: readonly Item[]): readonly string[] => items.flatMap(violationsOf)

/** Of these, what no delay explains: an answer that never came is no acceptance. */
export const forgedAccepted = (items: readonly Item[]): readonly string[] =>
  items.filter((item) => item.type === 'used' || item.outcome !== 'unanswered').flatMap(violationsOf)
