/** One event for a function, as its instance gets it. */
export interface InvocationMessage {
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  readonly deadlineMs: number;
  /** JSON of the caller's `ClientContext`. */
  readonly clientContext?: string;
}

/** What a function throws, in the words of the Node.js runtime. */
export interface FunctionFault {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** From an instance: its module is there, or not, or an event is done. `answer` is JSON. */
export type InstanceMessage =
  | { readonly ready: true }
  | { readonly broken: FunctionFault }
  | { readonly requestId: string; readonly answer: string }
  | { readonly requestId: string; readonly fault: FunctionFault };
