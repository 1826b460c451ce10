/** Every GraphQL document of the pages; a test holds them to the committed schema. */

import { BOOKING, ENTITLEMENTS, ERRORS, PLAN, SESSION_TYPE, SUBSCRIPTION } from "./fragments.js";

export const ME = `
  query Me {
    me {
      email
      name
      unreadNotifications
      telegramLinked
      isHost
      bookingsToPlace { id placeBy sessionType { id name durationMinutes } host { name } }
    }
  }
`;

export const SESSION_TYPES = `
  query SessionTypes($after: String) {
    sessionTypes(first: 12, after: $after) {
      nodes { ...SessionTypeFields }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${SESSION_TYPE}
`;

export const SESSION_TYPE_BY_ID = `
  query SessionType($id: ID!) {
    sessionType(id: $id) { ...SessionTypeFields }
  }
  ${SESSION_TYPE}
`;

export const PLANS = `
  query Plans($first: Int!, $after: String) {
    plans(first: $first, after: $after) {
      nodes { ...PlanFields }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${PLAN}
`;

export const MY_SUBSCRIPTIONS = `
  query MySubscriptions {
    me { subscriptions { ...SubscriptionFields } }
  }
  ${SUBSCRIPTION}
`;

export const MY_SUBSCRIPTION = `
  query MySubscription($planId: ID!) {
    mySubscription(planId: $planId) { ...SubscriptionFields }
  }
  ${SUBSCRIPTION}
`;

export const MY_ENTITLEMENTS = `
  query MyEntitlements {
    me { entitlements { ...EntitlementFields } }
  }
  ${ENTITLEMENTS}
`;

export const MY_BILLING = `
  query MyBilling {
    me { entitlements { ...EntitlementFields } subscriptions { ...SubscriptionFields } }
    plans(first: 1) { nodes { id } }
    myPayments(first: 20) { nodes { status invoiceUrl subscription { id } } }
  }
  ${ENTITLEMENTS}
`;

export const OPEN_SLOTS = `
  query OpenSlots($sessionTypeId: ID!, $from: DateTime!, $to: DateTime!) {
    availableSlots(sessionTypeId: $sessionTypeId, from: $from, to: $to) { startsAt endsAt }
  }
`;

export const BOOKING_BY_ID = `
  query Booking($id: ID!) {
    booking(id: $id) { ...BookingFields }
  }
  ${BOOKING}
`;

export const BOOKING_STEPS = `
  query BookingSteps($id: ID!) {
    booking(id: $id) {
      steps { kind subject message times at lastAt }
    }
  }
`;

export const MY_BOOKINGS = `
  query MyBookings($after: String) {
    myBookings(first: 10, after: $after) {
      nodes { ...BookingFields steps { kind } }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${BOOKING}
`;

export const MY_PAYMENTS = `
  query MyPayments($after: String) {
    myPayments(first: 10, after: $after) {
      nodes {
        status
        outcome
        outcomeReason
        failureReason
        receiptUrl
        invoiceNumber
        invoiceUrl
        invoicePdfUrl
        periodStart
        periodEnd
        disputed
        paidAt
        createdAt
        amount { amountMinor display }
        refunded { amountMinor display }
        lostToDispute { amountMinor display }
        refunds { status reason createdAt amount { display } }
        booking { status sessionType { name } host { name } }
        subscription { plan { name } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export const MY_NOTIFICATIONS = `
  query MyNotifications($after: String) {
    myNotifications(first: 10, after: $after) {
      nodes { title body readAt createdAt }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

export const CREATE_CHECKOUT = `
  mutation CreateCheckout($input: CreateCheckoutSessionInput!) {
    createCheckoutSession(input: $input) {
      checkout { sessionId url clientSecret }
      booking { id }
      errors { ...ErrorFields }
    }
  }
  ${ERRORS}
`;

export const CONFIRM_BOOKING = `
  mutation ConfirmBooking($input: ConfirmBookingInput!) {
    confirmBooking(input: $input) {
      booking { ...BookingFields }
      subscription { ...SubscriptionFields }
      meetingUrl
      errors { ...ErrorFields }
    }
  }
  ${BOOKING}
  ${SUBSCRIPTION}
  ${ERRORS}
`;

export const SCHEDULE_BOOKING = `
  mutation ScheduleBooking($input: ScheduleBookingInput!) {
    scheduleBooking(input: $input) {
      booking { ...BookingFields }
      errors { ...ErrorFields }
    }
  }
  ${BOOKING}
  ${ERRORS}
`;

export const QUOTE_REFUND = `
  query QuoteRefund($bookingId: ID!) {
    quoteRefund(bookingId: $bookingId) {
      canCancel
      percent
      creditsReturned
      holdsUntil
      refund { amountMinor display }
      kept { amountMinor display }
      refusal { ...ErrorFields }
    }
  }
  ${ERRORS}
`;

export const CANCEL_BOOKING = `
  mutation CancelBooking($input: CancelBookingInput!) {
    cancelBooking(input: $input) {
      refund { amountMinor display }
      errors { ...ErrorFields }
    }
  }
  ${ERRORS}
`;

export const RESCHEDULE_BOOKING = `
  mutation RescheduleBooking($input: RescheduleBookingInput!) {
    rescheduleBooking(input: $input) {
      errors { ...ErrorFields }
    }
  }
  ${ERRORS}
`;

export const PORTAL_URL = `
  mutation PortalUrl($input: PortalUrlInput!) {
    portalUrl(input: $input) {
      url
      errors { ...ErrorFields }
    }
  }
  ${ERRORS}
`;

export const TELEGRAM_LINKED = `
  query TelegramLinked {
    me { telegramLinked }
  }
`;

export const CREATE_TELEGRAM_LINK = `
  mutation CreateTelegramLink {
    createTelegramLink {
      url
      expiresAt
      errors { ...ErrorFields }
    }
  }
  ${ERRORS}
`;

export const MARK_ALL_READ = `
  mutation MarkAllRead {
    markNotificationsRead(input: {}) {
      markedCount
      errors { ...ErrorFields }
    }
  }
  ${ERRORS}
`;
