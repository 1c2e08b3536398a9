import type { Tree } from './tree.ts'

/** Where a run's defect is chosen and put in place; everywhere else the reference must not know of defects. */
const choosesDefects = /^fixtures\/(defects|variants)\/|^fixtures\/(replacements?|target)\.ts$/
/** Live shells hand the name on to their own children, and do nothing else with it. */
const handsOn = /^fixtures\/live\//
const anyMention = /\bdefects?\b/
const decision = /\b(if|while|switch) \([^)]*\bdefect\b|\bdefect\b *(===|!==) *['"`]/

/** No `if (defect)` inside the reference: a bug replaces a part at a seam. */
export function referenceProblems(tree: Tree): readonly string[] {
  return tree.paths
    .filter((path) => /^fixtures\/.+\.ts$/.test(path) && !path.endsWith('.self.test.ts') && !choosesDefects.test(path))
    .filter((path) => {
      const code = tree.read(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      return (handsOn.test(path) ? decision : anyMention).test(code)
    })
    .map((path) => `${path} mentions a defect: replace a part at a seam from fixtures/defects/ instead.`)
}

/** Words that put work off in the code instead of leaving the capability out; spelt so that this file has none. */
const putOff = new RegExp(String.raw`\b(TO${'DO'}|FIX${'ME'}|X${'XX'})\b`)

export function putOffProblems(tree: Tree): readonly string[] {
  return tree.paths
    .filter((path) => /\.(ts|mjs|go)$/.test(path) && putOff.test(tree.read(path)))
    .map((path) => `${path} puts work off in a comment: do it, or leave the capability out.`)
}
