import { app, ctx, octets, seq } from '../../unit/inspect/support/der';

/** The mechanism Kerberos, 1.2.840.113554.1.2.2, in DER: an initial GSS token (RFC 2743, section 3.1) begins with it. */
export const gssKerberos = '06092a864886f712010202';
/** The mechanism SPNEGO, 1.3.6.1.5.5.2. */
export const gssSpnego = '06062b0601050502';
const kerberosMechanism = Buffer.from(gssKerberos, 'hex');
const spnegoMechanism = Buffer.from(gssSpnego, 'hex');
/** 1.2.840.48018.1.2.2: the same with a bit lost, as Windows 2000 had it. */
const msKerberosMechanism = Buffer.from('06092a864882f712010202', 'hex');

/** NegTokenInit (RFC 4178) that offers Kerberos and holds its token. */
export const spnegoAround = (token: Buffer): Buffer =>
  app(0, spnegoMechanism, ctx(0, seq(ctx(0, seq(kerberosMechanism)), ctx(2, octets(token)))));

/** NegTokenInit that offers Kerberos under both of its names, and holds no token. */
export const spnegoWithoutToken: Buffer = app(
  0,
  spnegoMechanism,
  ctx(0, seq(ctx(0, seq(msKerberosMechanism, kerberosMechanism)))),
);
