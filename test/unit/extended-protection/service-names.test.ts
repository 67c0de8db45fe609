import { ServiceNames } from '#lib/extended-protection/service-names';
import { thrown } from '../support';

const names = (...list: string[]): ServiceNames => new ServiceNames(list, 'serviceNames');

describe('service names are compared as Windows compares them', () => {
  it.each([
    ['HTTP/web.corp.test', 'http/WEB.CORP.TEST', true],
    ['HTTP/web.corp.test', 'HTTP/web.corp.test:8443', true],
    ['HTTP/web.corp.test:8443', 'HTTP/web.corp.test:8443', true],
    ['HTTP/web.corp.test:8443', 'HTTP/web.corp.test', false],
    ['HTTP/web.corp.test:8443', 'HTTP/web.corp.test:443', false],
    ['HTTP/web', 'HTTP/web.corp.test', true],
    ['HTTP/web.corp.test', 'HTTP/web', true],
    ['HTTP/web.corp.test', 'HTTP/web.other.test', false],
    ['HTTP/web.corp.test', 'HTTP/web2.corp.test', false],
    ['HTTP/web.corp.test', 'ldap/web.corp.test', false],
    ['HTTP/web.corp.test', 'HTTP/web.corp.test.', true],
    ['HTTP/web.corp.test', 'HTTP/web.corp.test@CORP.TEST', true],
    ['HTTP/10.0.0.1', 'HTTP/10', false],
    ['HTTP/[fe80::1]', 'HTTP/[FE80::1]:80', true],
    ['HTTP/web.corp.test', 'web.corp.test', false],
  ])('%s and %s: %s', (listed, asked, same) => {
    expect(names(listed).includes(asked)).toBe(same);
  });

  it.each([[[]], [['web.corp.test']], [['HTTP/']], [[7]], ['HTTP/web.corp.test']])('%j is refused', (list) => {
    expect(thrown(() => new ServiceNames(list as string[], 'serviceNames'))).toMatchObject({
      code: 'ERR_SSPI_INVALID_ARGUMENT',
    });
  });
});
