/** The GraphQL documents of whoever sells sessions; a test holds them to the committed schema. */

import { ERRORS } from "./fragments.js";

export const HOST_BOOKINGS = `
  query HostBookings($after: String) {
    hostBookings(first: 10, after: $after) {
      nodes {
        id
        status
        statusReason
        startsAt
        endsAt
        clientName
        clientEmail
        meetingUrl
        calledOffBy
        absent
        canBeCancelled
        canBeMarkedAbsent
        price { display }
        sessionType { name durationMinutes }
        payout { status message net { display } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export const MARK_NO_SHOW = `
  mutation MarkNoShow($input: MarkNoShowInput!) {
    markNoShow(input: $input) {
      hostBooking { id }
      errors { ...ErrorFields }
    }
  }
  ${ERRORS}
`;

export const MY_PAYOUT_ACCOUNT = `
  query MyPayoutAccount {
    myPayoutAccount { status canBePaid country requirements }
  }
`;

export const CREATE_PAYOUT_ACCOUNT_LINK = `
  mutation CreatePayoutAccountLink($input: CreatePayoutAccountLinkInput!) {
    createPayoutAccountLink(input: $input) {
      url
      errors { ...ErrorFields }
    }
  }
  ${ERRORS}
`;

export const MY_PAYOUTS = `
  query MyPayouts($after: String) {
    myPayouts(first: 10, after: $after) {
      totals {
        currency
        count
        amount { display }
        returned { amountMinor display }
        fee { amountMinor display }
        net { display }
        paid { display }
        waiting { display }
      }
      nodes {
        status
        reason
        message
        dueAt
        paidAt
        heldReason
        amount { display }
        returned { amountMinor display }
        fee { amountMinor display }
        net { display currency }
        transferred { display currency }
        reversed { amountMinor display }
        hostBooking { startsAt clientName sessionType { name } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
