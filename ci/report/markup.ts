/** Markup that is safe to put into a page as it is. */
export type Markup = { readonly markup: string }
type Value = Markup | string | number | null | readonly Value[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control characters, half surrogates and non-characters: neither HTML nor XML 1.0 can carry them, escaped or not. */
const forbidden = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/gu

/** Text as it may stand between tags and in quoted attributes of HTML and XML. */
export const escapeText = (text: string): string =>
  text.replaceAll(forbidden, '\uFFFD').replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)

function render(value: Value): string {
  if (value === null) return ''
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return String(value)
  return 'markup' in value ? value.markup : value.map(render).join('')
}

/** Template of markup: whatever is put in is escaped, unless it is markup itself. Attributes must be quoted. */
export function markup(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { markup: strings.reduce((text, part, index) => text + render(values[index - 1] ?? null) + part) }
}

/** Text that is our own, such as a style sheet; never anything from a run. */
export const trustedMarkup = (text: string): Markup => ({ markup: text })
