/**
 * How a target says that TCP links of its nodes run through a Toxiproxy: an entry of its description's `details` gives the URL of
 * that one's API, and the proxy of a link bears the name that `linkName` makes of its ends. That name is also a consent: no
 * other proxy is ever struck.
 */
export const toxiproxyDetail = 'toxiproxy'

const arrow = '->'

/** The name of the proxy through which one node connects to another. */
export const linkName = (client: string, server: string): string => `${client}${arrow}${server}`

/** Who connects to whom through the proxy of this name, or null for one that is no link between nodes. */
export function linkEnds(proxy: string): { readonly client: string; readonly server: string } | null {
  const [client, server, ...more] = proxy.split(arrow)
  if (client === undefined || client === '' || server === undefined || server === '' || more.length > 0) return null
  return { client, server }
}
