/**
 * A request is one semantic question to the outside. It never holds what belongs to the wire or the moment
 * (presigned URLs, signatures, page tokens, the present time), so that the same question has the same key in
 * a live run and in its recording.
 */
export interface Request {
  readonly kind: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** What a live source needs to carry it out and a recording does not: no part of the key. */
  readonly how?: unknown;
}

/** The answer to a request. What does not exist is an `ok` reply that says so: absence is knowledge. */
export type Reply<Body> =
  | { readonly status: "ok"; readonly body: Body }
  /** The caller may not ask; `action` is the IAM action that it lacks, `lambda:GetFunction` for example. */
  | { readonly status: "denied"; readonly action: string; readonly message: string }
  | { readonly status: "failed"; readonly code: string; readonly message: string }
  | { readonly status: "not-recorded" };

/** Answers requests: from AWS, Postgres, HTTP and the disk, or from a recording of those. */
export interface Source {
  ask(request: Request): Promise<Reply<unknown>>;
}
