/**
 * GSSAPI of other hands against Wine 10's secur32.
 *
 * @lane wine10
 */
import { describeGssPeers } from './suite';

describeGssPeers('wine10');
