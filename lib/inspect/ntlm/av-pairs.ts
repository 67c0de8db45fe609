import type { Cursor } from '../reading';
import { flagSet, timestamp, type Draft } from '../values';
import { avFlagNames } from './names';
import type { AvPair, AvTextName, SingleHostData } from './types';

const textNames: Readonly<Record<number, AvTextName>> = {
  1: 'MsvAvNbComputerName',
  2: 'MsvAvNbDomainName',
  3: 'MsvAvDnsComputerName',
  4: 'MsvAvDnsDomainName',
  5: 'MsvAvDnsTreeName',
  9: 'MsvAvTargetName',
};

/** Reads AV_PAIRs up to MsvAvEOL or, if a sender left that out, to the end. `list` is the array that is filled. */
export function readAvPairs(c: Cursor, list: AvPair[]): void {
  while (c.left > 0) {
    const pair = c.enter<Draft<{ id: number; name: string }>>(list.length, {});
    const id = c.u16le('id');
    const length = c.u16le('length');
    if (id === 0) {
      c.leave();
      return;
    }
    pair.id = id;
    const value = c.take(length, 'value');
    list.push(avPair(id, value));
    c.leave();
  }
}

function avPair(id: number, value: Cursor): AvPair {
  const textName = textNames[id];
  if (textName !== undefined) return { id, name: textName, value: value.utf16le(value.left, 'value') };
  switch (id) {
    case 6:
      exactly(value, 4);
      return { id, name: 'MsvAvFlags', value: flagSet(value.u32le('value'), avFlagNames) };
    case 7: {
      exactly(value, 8);
      const low = value.u32le('value');
      return { id, name: 'MsvAvTimestamp', value: timestamp(low, value.u32le('value')) };
    }
    case 8:
      return { id, name: 'MsvAvSingleHost', value: singleHost(value) };
    case 10:
      exactly(value, 16);
      return { id, name: 'MsvAvChannelBindings', value: value.hex(16, 'value') };
    default:
      return { id, name: 'unknown', value: value.hex(value.left, 'value') };
  }
}

function exactly(value: Cursor, length: number): void {
  if (value.left !== length) {
    value.malformed(`a value of ${value.left} bytes instead of ${length}`, value.position, 'value');
  }
}

function singleHost(value: Cursor): SingleHostData {
  const size = value.u32le('value.size');
  value.skip(4, 'value.reserved');
  return { size, customData: value.hex(8, 'value.customData'), machineId: value.hex(32, 'value.machineId') };
}

/** The value of the first AV_PAIR of that name. */
export function findAv<N extends AvPair['name']>(pairs: readonly AvPair[], name: N): AvValue<N> | undefined {
  return pairs.find((pair) => pair.name === name)?.value as AvValue<N> | undefined;
}

type AvValue<N> = N extends AvTextName ? string : Extract<AvPair, { name: N }>['value'];
