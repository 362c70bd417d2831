import { SegmentedMessage } from 'sms-segments-calculator'

/** The messages that a text is sent as, and paid for: of 160 letters at most, of 70 with one that GSM-7 lacks. */
export function partsOf(text: string): number {
  return new SegmentedMessage(text).segmentsCount
}
