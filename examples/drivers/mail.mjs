#!/usr/bin/env node
/** Sends a message as the current user, through nodemailer: node mail.mjs mail.corp.test 25 bob@corp.test */
import nodemailer from 'nodemailer';
import { createMechanism } from 'sspi/sasl';

const [host = 'localhost', port = '25', to = 'bob@corp.test', target = `smtp/${host}`] = process.argv.slice(2);

/** @type {(context: import('nodemailer/lib/smtp-connection').CustomAuthenticationContext) => Promise<boolean>} */
async function GSSAPI({ sendCommand }) {
  const mechanism = createMechanism({ mechanism: 'GSSAPI', target, layer: 'none' });
  try {
    let answer = await sendCommand('AUTH GSSAPI'); // a ticket is too long for this line
    let leg = await mechanism.step();
    while (answer.status === 334) {
      answer = await sendCommand(leg.token?.toString('base64') ?? '');
      if (!leg.expectsReply) break;
      leg = await mechanism.step(Buffer.from(answer.text, 'base64'));
    }
    if (answer.status !== 235 || !mechanism.established) throw new Error(answer.response);
    return true;
  } finally {
    await mechanism.dispose();
  }
}

const transport = nodemailer.createTransport({
  host,
  port: Number(port),
  tls: { rejectUnauthorized: process.env['SMTP_INSECURE'] === undefined },
  auth: { type: 'custom', method: 'GSSAPI', user: 'me', pass: '' },
  customAuth: { GSSAPI },
});
const { response } = await transport.sendMail({ from: 'alice@corp.test', to, subject: 'hello', text: 'signed on' });
console.log(response);
transport.close();
