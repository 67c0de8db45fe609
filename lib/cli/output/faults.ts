import { hexStatus } from '../../errors/status-code';
import { printable } from '../../inspect/render/text';
import { SspiError } from '../../errors/sspi-error';
import type { JsonFault } from './json';
import type { Style } from './style';

/** Any error as data for `--json`. */
export function faultOf(error: unknown): JsonFault {
  if (SspiError.isSspiError(error)) {
    const { code, message, hint, status, api, leg, missing } = error;
    const explanation = error.explain();
    return {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(status === undefined ? {} : { status }),
      ...(api === undefined ? {} : { api }),
      ...(leg === undefined ? {} : { leg }),
      ...(missing === undefined ? {} : { missing }),
      causes: explanation.causes,
    };
  }
  const { code, message, hint } = plainFault(error);
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/**
 * What failed, in a line.
 * @param legNumber The number of the leg, if the legs of both sides are counted; otherwise the index on this side is used.
 */
export function titleOfFault({ code, status, api, leg }: SspiError, legNumber = leg): string {
  const call = `${api === undefined ? '' : ` from ${api}`}${legNumber === undefined ? '' : ` on leg ${legNumber}`}`;
  return `${code}${status === undefined ? '' : ` (${hexStatus(status)})`}${call}`;
}

/** An error as lines for people; `legNumber` as for {@link titleOfFault}. */
export function formatFault(error: unknown, style: Style, legNumber?: number): string {
  if (!SspiError.isSspiError(error)) {
    const { message, hint } = plainFault(error);
    return `${style.red(printable(message))}${hint === undefined ? '' : `\n${hint}`}`;
  }
  const title = titleOfFault(error, legNumber);
  const causes = error
    .explain()
    .causes.map(({ summary, likelihood, because, check }, i) =>
      [
        `${i + 1}. ${style.bold(summary)} (${likelihood})`,
        ...because.map((text) => `   because  ${printable(text)}`),
        ...check.map((text) => `   ${style.cyan('check')}    ${text}`),
      ].join('\n'),
    );
  const intro = error.status === undefined ? `\n${printable(error.message)}` : '';
  return [`${style.red(title)}${intro}`, ...causes].join('\n');
}

/** Errors of Node and of the protocols: a code, if there is one, and a sentence. */
function plainFault(error: unknown): { code: string; message: string; hint: string | undefined } {
  const fallback = { code: 'ERR_SSPI_CLI', message: 'Something was thrown that is not an error.', hint: undefined };
  if (typeof error !== 'object' || error === null) return fallback;
  const { code, hint } = error as { code?: unknown; hint?: unknown };
  const message = messageOf(error);
  return {
    code: typeof code === 'string' ? code : fallback.code,
    message: message === '' ? fallback.message : message,
    hint: typeof hint === 'string' ? hint : undefined,
  };
}

/** The sentence of an error; an AggregateError of net.connect has none, because each address failed for its own reason. */
export function messageOf(error: unknown): string {
  const { message, errors } = error as { message?: unknown; errors?: readonly unknown[] };
  if (typeof message === 'string' && message !== '') return message;
  return Array.isArray(errors) ? errors.map(messageOf).join('; ') : '';
}
