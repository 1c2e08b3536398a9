import { markup, type Markup } from './markup.ts'

/** A part of the page with a title that links lead to. */
export function section(title: string, content: Markup): Markup {
  const id = title.toLowerCase().replaceAll(' ', '-')
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}</section>
`
}

/** What only somebody who doubts it reads: there, found by search and printed, but folded. */
export const folded = (summary: string, content: Markup): Markup =>
  markup`<details><summary>${summary}</summary>
${content}</details>`
