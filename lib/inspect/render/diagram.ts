export interface DiagramOptions {}
export interface ExchangeLeg {}
export declare function renderExchange(a: unknown, b: unknown): string;
