import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { ApiError } from '../api/client'

/** Something that changes the server's data; what it makes stale is asked for anew. */
export function useAction<In, Out>(work: (input: In) => Promise<Out>, stale: QueryKey[], after?: (result: Out) => void) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: work,
    networkMode: 'always',
    onSuccess: async (result) => {
      await Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey })))
      after?.(result)
    },
  })
}

/** What is wrong with a field of a form; `rest` for what belongs to none of the others. */
export function wrong(error: Error | null, field: string): string | undefined {
  return error instanceof ApiError && error.field === field ? error.message : undefined
}

export function rest(error: Error | null, ...fields: string[]): string | undefined {
  if (!error) return undefined
  return error instanceof ApiError && error.field !== null && fields.includes(error.field) ? undefined : error.message
}
