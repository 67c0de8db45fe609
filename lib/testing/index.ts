export { scriptedBinding, ScriptedBinding } from './scripted-binding';
export { ScriptedProtection } from './scripted-protection';
export type {
  BindingScript,
  LegCall,
  LegScript,
  ProtectionFunctions,
  RecordedCall,
  ScriptedCompletion,
  ScriptedLeg,
} from './scripted-binding';
export type { ProtectionScript } from './scripted-protection';
