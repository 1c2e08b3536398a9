import { expect, test } from 'vitest'
import { workInPlaces } from './places.ts'

/** Works that end when they are told to, in places whose talk is kept. */
function started(items: readonly string[], atOnce: number) {
  const heard: string[] = []
  const running = new Map<string, { readonly place: number; readonly end: (isWell: boolean) => void }>()
  const all = workInPlaces(items, { atOnce, say: (line) => void heard.push(line) }, async (item, { place, say }) => {
    say(`${item} begins`)
    const isWell = await new Promise<boolean>((end) => void running.set(item, { place, end }))
    return { result: item.toUpperCase(), isWell }
  })
  const end = async (item: string, isWell: boolean) => {
    running.get(item)?.end(isWell)
    await new Promise(setImmediate)
  }
  return { all, heard, running, end }
}

test('each place takes the next when it is free, and the answers come in the order of the list', async () => {
  const { all, running, end } = started(['a', 'b', 'c'], 2)
  expect([...running.keys()]).toEqual(['a', 'b'])
  await end('b', true)
  expect(Array.from(running, ([item, { place }]) => [item, place])).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 1],
  ])
  await end('c', true)
  await end('a', true)
  expect(await all).toEqual(['A', 'B', 'C'])
})

test('of several at once only what did not end well is told', async () => {
  const { all, heard, end } = started(['a', 'b'], 2)
  await end('a', true)
  await end('b', false)
  await all
  expect(heard).toEqual(['b begins'])
})

test('one at a time tells what it does while it does it', async () => {
  const { all, heard, end } = started(['a'], 1)
  expect(heard).toEqual(['a begins'])
  await end('a', true)
  await all
})
