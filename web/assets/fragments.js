/** Parts of the GraphQL documents of the pages, each with the parts that it needs itself. */

export const ERRORS = `
  fragment ErrorFields on UserError {
    code
    message
    ... on SlotTakenError { alternatives { startsAt endsAt } }
    ... on TooLateError { until }
  }
`;

export const POLICY = `
  fragment PolicyFields on CancellationPolicy {
    cancelUntilMinutes
    refundTiers { minutesBefore percent }
    rescheduleUntilMinutes
    rescheduleLimit
  }
`;

export const BOOKING = `
  fragment BookingFields on Booking {
    id
    status
    statusReason
    startsAt
    endsAt
    needsTime
    holdExpiresAt
    placeBy
    schedulingUrl
    hasSchedulingPage
    credits
    calledOffBy
    absent
    reschedules
    price { display }
    cancellationPolicy { ...PolicyFields }
    sessionType { id name durationMinutes paymentFlow }
    host { name }
    meeting { url }
    payments {
      createdAt
      status
      outcome
      outcomeReason
      failureReason
      amount { amountMinor display }
      refunded { amountMinor display }
      lostToDispute { amountMinor display }
      refunds { status }
    }
  }
  ${POLICY}
`;

export const SESSION_TYPE = `
  fragment SessionTypeFields on SessionType {
    id
    name
    description
    durationMinutes
    locationKind
    paymentFlow
    credits
    price { display }
    host { name bio timeZone }
    cancellationPolicy { ...PolicyFields }
  }
  ${POLICY}
`;

export const PLAN = `
  fragment PlanFields on Plan {
    id
    name
    description
    interval
    intervalCount
    trialDays
    sessionCredits
    price { display }
    channel { id name }
  }
`;

export const SUBSCRIPTION = `
  fragment SubscriptionFields on PlanSubscription {
    id
    status
    currentPeriodEnd
    trialEnd
    cancelAt
    endedAt
    graceUntil
    managed
    price { display }
    plan { ...PlanFields }
  }
  ${PLAN}
`;

export const ENTITLEMENTS = `
  fragment EntitlementFields on Entitlements {
    creditsLeft
    subscriptions { ...SubscriptionFields }
    channels {
      status
      inviteUrl
      channel { id name description }
    }
  }
  ${SUBSCRIPTION}
`;
