import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Watch = HistoryItem<'identity-held'>
type Stretch = { readonly fromS: number; readonly toS: number }

/** What is left of a stretch outside another one. */
const outside = ({ fromS, toS }: Stretch, excuse: Stretch): readonly Stretch[] =>
  [
    { fromS, toS: Math.min(toS, excuse.fromS) },
    { fromS: Math.max(fromS, excuse.toS), toS },
  ].filter((rest) => rest.toS > rest.fromS)

/** Parts of a stretch in which the SVID that is held is not in force. */
const lapses = ({ fromS, toS }: Stretch, svid: Watch['svids'][number] | undefined): readonly Stretch[] =>
  svid === undefined ? [{ fromS, toS }] : outside({ fromS, toS }, { fromS: svid.notBeforeS, toS: svid.notAfterS })

/** Stretches without an identity: each SVID is held until the next one comes, whether or not it is in force. */
function absences({ fromS, toS, svids }: Watch): readonly Stretch[] {
  const held = svids.toSorted((one, other) => one.atS - other.atS)
  const until = (index: number): number => Math.min(toS, held[index]?.atS ?? toS)
  const found = [
    ...lapses({ fromS, toS: until(0) }, undefined),
    ...held.flatMap((svid, index) => lapses({ fromS: Math.max(fromS, svid.atS), toS: until(index + 1) }, svid)),
  ].filter((stretch) => stretch.toS > stretch.fromS)
  const joined: Stretch[] = []
  for (const stretch of found) {
    const last = joined.at(-1)
    if (last !== undefined && last.toS === stretch.fromS) joined.splice(-1, 1, { ...last, toS: stretch.toS })
    else joined.push(stretch)
  }
  return joined
}

function violations(watch: Watch): readonly string[] {
  const { workload, watch: name, absentMaxS, excused, fromS, toS } = watch
  const said = (what: string): string => `no instant without a valid SVID: ${workload} ${what} (${name})`
  if (toS <= fromS) return [said('was not watched at all')]
  return absences(watch)
    .flatMap((absence) =>
      excused.reduce<readonly Stretch[]>((rest, excuse) => rest.flatMap((one) => outside(one, excuse)), [absence]),
    )
    .filter((absence) => absence.toS - absence.fromS > absentMaxS)
    .map((absence) => {
      const forS = (absence.toS - absence.fromS).toFixed(3)
      return said(`had none for ${forS} s from ${absence.fromS.toFixed(1)}, at most ${absentMaxS} s are allowed`)
    })
}

/**
 * A workload that is watched holds an SVID that is in force, but for as long as its row allows: none is handed to it too late,
 * too early or not at all. Where nobody can be given one, it is missed only once it must have been regained.
 */
export const identityHeld = (items: readonly Watch[]): readonly string[] => items.flatMap(violations)
