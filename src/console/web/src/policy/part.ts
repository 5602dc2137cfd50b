import type { Schema } from '../app/http';

export type Body = Schema<'PolicyBody'>;

/** One card of the page: what is decided, and how a part of it is decided anew. */
export interface PartProps {
  body: Body;
  /** Whether the sensor took it. */
  onChange: (part: Partial<Body>) => Promise<boolean>;
}
