import type { RefinedResponse, ResponseType } from 'k6/http'

type Answer = RefinedResponse<ResponseType | undefined>

/** Fields of a JSON answer; none where it is no JSON object: a target that answers nonsense fails checks, it does not stop the load. */
export function fieldsOf(answer: Answer): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = answer.json()
    return typeof body === 'object' && body !== null ? { ...body } : {}
  } catch {
    return {}
  }
}

export const numberOf = (fields: Readonly<Record<string, unknown>>, name: string): number => {
  const value = fields[name]
  return typeof value === 'number' ? value : Number.NaN
}

/** What a failed check quotes of an answer. */
export const seen = (answer: Answer): string => `answered ${answer.status} ${answer.error} ${String(answer.body ?? '')}`
