/**
 * Why an engine stopped trading by itself over what a venue said: numbers that journal and control
 * block carry (detail of hp_jr_state, kill_reason of hp_engine), with what people are told of each.
 */

/** What a session refuses: the message is lost, or belongs to nothing of ours. */
export const REFUSED_LENGTH = 1;
export const REFUSED_TYPE = 2;
export const REFUSED_OTHER_ID = 3;
export const REFUSED_STRAY = 4;
export const REFUSED_FOREIGN_TRADE = 5;
export const REFUSED_OTHER_SYMBOL = 6;
