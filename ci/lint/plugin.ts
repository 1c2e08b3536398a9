import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { machineImportProblem } from './injected.ts'
import { importProblem } from './rooms.ts'

// oxlint hands ESTree nodes to its plugins and publishes no types for them in the package that we use:
// these are the fields that the rules read.
type Named = { readonly type: string; readonly name?: string; readonly value?: unknown }
type Specifier = {
  readonly type: string
  readonly imported?: Named
  readonly local?: Named
  readonly importKind?: string
}
type Source = { readonly source: Named | null; readonly specifiers?: readonly Specifier[] } & {
  readonly importKind?: string
  readonly exportKind?: string
}
type Call = { readonly callee: Named; readonly arguments: readonly unknown[] }
type Assertion = {
  readonly expression: { readonly type: string; readonly typeAnnotation?: Named }
  readonly range: readonly [number, number]
}
type Comment = { readonly range: readonly [number, number] }
type Context = {
  readonly filename: string
  readonly sourceCode: { readonly text: string; readonly getAllComments: () => readonly Comment[] }
  readonly report: (problem: { readonly node: unknown; readonly message: string }) => void
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const pathOf = (context: Context): string => relative(root, context.filename).split(sep).join('/')

const namesOf = ({ specifiers = [] }: Source): readonly string[] =>
  specifiers.map(({ type, imported, local }) => {
    if (type === 'ImportNamespaceSpecifier') return '*'
    if (type === 'ImportDefaultSpecifier') return 'default'
    return imported?.name ?? local?.name ?? ''
  })

/** `import type …`, or every name marked `type`: nothing is left of either when the program runs. */
function isTypeOnly({ importKind, exportKind, specifiers = [] }: Source): boolean {
  if (importKind === 'type' || exportKind === 'type') return true
  return specifiers.length > 0 && specifiers.every((specifier) => specifier.importKind === 'type')
}

type Seen = { readonly specifier: string; readonly typeOnly: boolean; readonly names: readonly string[] }

/** Calls `judge` with every import and re-export of the file whose specifier is a literal. */
function eachImport(context: Context, judge: (seen: Seen) => string | null) {
  const visit = (node: Source) => {
    if (typeof node.source?.value !== 'string') return
    const seen = { specifier: node.source.value, typeOnly: isTypeOnly(node), names: namesOf(node) }
    const message = judge(seen)
    if (message !== null) context.report({ node, message })
  }
  return {
    ImportDeclaration: visit,
    ImportExpression: visit,
    ExportNamedDeclaration: visit,
    ExportAllDeclaration: visit,
  }
}

const rooms = {
  create: (context: Context) =>
    eachImport(context, ({ specifier, typeOnly }) => importProblem({ from: pathOf(context), specifier, typeOnly })),
}

const injected = {
  create: (context: Context) => ({
    ...eachImport(context, ({ specifier, names, typeOnly }) =>
      typeOnly ? null : machineImportProblem(specifier, names.length === 0 ? ['*'] : names),
    ),
    NewExpression: (node: Call) => {
      if (node.callee.name !== 'Date' || node.arguments.length > 0) return
      context.report({ node, message: 'new Date() reads the clock: take the time from World or Clock.' })
    },
  }),
}

const noBarrel = {
  create: (context: Context) => ({
    ExportAllDeclaration: (node: unknown) =>
      context.report({ node, message: 'No barrels: import each name from the file that defines it.' }),
  }),
}

/** `x as unknown as T` switches the compiler off: it needs a comment just above that says why that is right. */
const explainedAssertion = {
  create: (context: Context) => ({
    TSAsExpression: (node: Assertion) => {
      const { type, typeAnnotation } = node.expression
      if (type !== 'TSAsExpression' || typeAnnotation?.type !== 'TSUnknownKeyword') return
      const { text, getAllComments } = context.sourceCode
      const lineStart = text.lastIndexOf('\n', node.range[0]) + 1
      const explained = getAllComments().some(({ range }) => {
        const between = text.slice(range[1], lineStart)
        return range[1] <= lineStart && between.trim() === '' && between.split('\n').length <= 2
      })
      if (!explained) context.report({ node, message: 'Say in a comment on the line above why this is safe.' })
    },
  }),
}

/** The house's own lint rules, loaded by oxlint.config.ts. */
export default {
  meta: { name: 'house' },
  rules: { rooms, injected, 'no-barrel': noBarrel, 'explained-assertion': explainedAssertion },
}
