/** A request of the client, and how its head is sent. */
import { RequestBody } from './request-body';
import { fieldValues, hasMember, parseRequestHead, withoutFields, writeRequestHead } from '../../../wire/http-head';
import { framingOfRequest } from '../../../wire/http-body';
import type { HeadField, RequestHead } from '../../../wire/http-head';

/** What is different from what the client wrote. */
export interface HeadChanges {
  /** Credentials for the server and the proxy. */
  readonly credentials: readonly HeadField[];
  /** `withheld`: no body, since this leg will be answered with another challenge; `asked`: behind Expect: 100-continue. */
  readonly body: 'as-written' | 'withheld' | 'asked';
  /** The origin to put before the path, for a proxy. */
  readonly absolute: string | undefined;
}

export class OutgoingRequest {
  readonly head: RequestHead;
  readonly body: RequestBody;
  /** The client itself waits for 100 Continue. */
  readonly expects: boolean;

  readonly bodiless: boolean;

  /** @throws WireError for what is no request. */
  constructor(head: Buffer) {
    this.head = parseRequestHead(head);
    this.body = new RequestBody(framingOfRequest(this.head));
    this.bodiless = this.body.complete;
    this.expects = hasMember(this.head, 'expect', '100-continue');
  }

  /** Has the client set this field itself? */
  has(field: string): boolean {
    return fieldValues(this.head, field).length > 0;
  }

  text({ credentials, body, absolute }: HeadChanges): string {
    let { fields } = this.head;
    // A sign-on belongs to its connection, which has to stay until the sign-on is complete.
    if (hasMember(this.head, 'connection', 'close') && !hasMember(this.head, 'connection', 'upgrade')) {
      fields = [...withoutFields(fields, 'connection'), ['Connection', 'keep-alive']];
    }
    if (body === 'withheld') {
      const rest = withoutFields(fields, 'content-length', 'transfer-encoding', 'expect', 'trailer');
      fields = [...rest, ['Content-Length', '0']];
    } else if (body === 'asked') {
      fields = [...fields, ['Expect', '100-continue']];
    }
    const { target } = this.head;
    const whole = absolute !== undefined && target.startsWith('/') ? `${absolute}${target}` : target;
    return writeRequestHead({ ...this.head, target: whole, fields: [...fields, ...credentials] });
  }
}
