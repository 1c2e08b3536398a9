import type { ChannelAddresses, Notification, NotificationPolicy } from '../contract/notifications.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Scenario } from '../requirement.ts'

type Notifying = Scenario<'notifications'>

const pollMs = 100

/** Runs `body` under a policy, then sets the one that was there before, without addresses. */
export async function underPolicy<T>(
  { target: { notifications } }: Notifying,
  set: { readonly policy: (before: NotificationPolicy) => NotificationPolicy; readonly addresses: ChannelAddresses },
  body: (before: NotificationPolicy) => Promise<T>,
): Promise<T> {
  const { addressed: _, ...before } = expectOk('notificationPolicy', await notifications.notificationPolicy({}))
  const { addresses } = set
  expectOk('setNotificationPolicy', await notifications.setNotificationPolicy({ ...set.policy(before), addresses }))
  try {
    return await body(before)
  } finally {
    expectOk('setNotificationPolicy', await notifications.setNotificationPolicy({ ...before, addresses: {} }))
  }
}

/** What the target says it has told of these events. */
export async function readNotifications(
  { target: { notifications } }: Notifying,
  eventIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Notification[]>> {
  const read = async (eventId: string) =>
    [eventId, expectOk('notifications', await notifications.notifications({ eventId }))] as const
  return new Map(await Promise.all(eventIds.map(read)))
}

/** Waits until `isThere` and nothing is pending any more, or patience ends; answers the last reading. */
export async function settledNotifications(
  scenario: Notifying,
  eventIds: readonly string[],
  wait: {
    readonly isThere: (told: ReadonlyMap<string, readonly Notification[]>) => boolean
    readonly patienceMs: number
  },
): Promise<ReadonlyMap<string, readonly Notification[]>> {
  const { clock } = scenario.target
  const deadlineMs = clock.nowMs() + wait.patienceMs
  for (;;) {
    const told = await readNotifications(scenario, eventIds)
    const isPending = [...told.values()].flat().some(({ state }) => state === 'pending')
    if ((!isPending && wait.isThere(told)) || clock.nowMs() > deadlineMs) return told
    await clock.sleep(pollMs)
  }
}
