/** Where the types lie. */
export const TYPES: URL;
/** The description of the API, as the hub's snapshot test keeps it. */
export function description(): unknown;
/** The types of a description as TypeScript. */
export function typescript(document: unknown): string;
