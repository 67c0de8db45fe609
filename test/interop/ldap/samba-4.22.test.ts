/**
 * Samba 4.22 knows "who am I?", and compares channel bindings.
 *
 * @lane wine10
 */
import { describeSamba } from './samba';

describeSamba('the controller of Debian 13', 'wine10');
