//! What customers of the shop ask, what it answers, and what its handbook says.

/// One thing people write about.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) feature: &'static str,
    pub(crate) intent: &'static str,
    pub(crate) question: &'static str,
    pub(crate) answer: &'static str,
}

const fn topic(feature: &'static str, intent: &'static str, question: &'static str, answer: &'static str) -> Topic {
    Topic { feature, intent, question, answer }
}

pub(crate) const MODEL_SYSTEM: &str = "You are the support agent of Lumen & Oak, a shop for lamps and desks in Hamburg. \
Answer in the language of the customer, in at most six sentences, friendly and without promises the policy does not make.\n\n\
Rules\n\
1. Facts about an order come from the tools `get_order` and `carrier_status` only. Never guess a date, a price or a tracking number.\n\
2. Facts about returns, warranty, invoices and shipping come from the policy excerpts below the question. If none fits, say so and offer a person.\n\
3. Do not repeat personal data of the customer: no address, no phone number, no card digits. Name the order by its number.\n\
4. If the parcel has not moved for five working days, offer a search with the carrier. If it has not moved for ten, offer a new delivery or the money back.\n\
5. Damaged goods: ask for one photo, never for more than two. Lamps with a broken cable must not be plugged in; say this first.\n\
6. Discounts are given by people only. A code that has expired stays expired.\n\
7. End with the next step and who takes it. No emoji, no exclamation marks, no apology longer than one sentence.";

pub(crate) const CLASSIFY_SYSTEM: &str = "Sort the message of a customer into one intent and answer with JSON only: \
{\"intent\": string, \"confidence\": number from 0 to 1, \"language\": \"en\" or \"de\"}.\n\
Intents: order_status (where a parcel is, when it comes, changes of an order on its way), product_question (sizes, bulbs, assembly, \
materials, stock), return_request (sending back, damaged or wrong goods, refunds), warranty (defects after the first 30 days), \
invoice (copies, corrections, tax numbers, payment methods), account (address, newsletter, deletion of data), other.\n\
If a message has two intents take the one the customer asks for last. A complaint without a question is `other`. \
Below 0.6 confidence answer `other`.";

pub(crate) const JUDGE_SYSTEM: &str = "Read a question of a customer and the answer of the shop. How far does the answer help the customer to reach \
what they asked for? Answer with JSON only: {\"score\": number from 0 to 1, \"reason\": one sentence}. \
1 means that nothing is left to ask, 0.5 that a part is missing, 0 that the answer does not deal with the question or is wrong. \
Friendliness alone earns nothing; an honest `we do not know yet` with a next step earns at least 0.4.";

/// Excerpts of the handbook: id and text.
pub(crate) const POLICIES: [(&str, &str); 8] = [
    (
        "policy/shipping#transit",
        "Parcels within Germany take two to four working days, to Norway and Switzerland five to nine. A parcel that \
stands still at the carrier for five working days is searched for; the carrier answers within three more. Desks come by freight, which calls the customer one day ahead.",
    ),
    (
        "policy/shipping#delay",
        "When a delivery is later than the date in the confirmation, we say so before the customer asks. After ten working days without \
a scan the customer chooses between a new delivery and the money back, without sending anything to us first.",
    ),
    (
        "policy/returns#window",
        "Anything may be sent back within 30 days after it came, unused or tried out at home. The label is free within the European Union. \
Desks are collected by freight; we need the measures of the package and a floor. Bulbs that were opened stay with the customer.",
    ),
    (
        "policy/returns#refund",
        "Money goes back the way it came, within five working days after the goods reached us. Vouchers are given back as vouchers. \
Shipping is refunded when the whole order is returned or when the goods were damaged or wrong.",
    ),
    (
        "policy/warranty#lamps",
        "Lamps carry five years of warranty on driver and LED module, two years on cable and switch. The customer sends a photo of the label \
under the foot; we send the part with a manual, or collect the lamp where the cable is concerned.",
    ),
    (
        "policy/warranty#desks",
        "Desk frames carry ten years, motors five, table tops two. A motor that stops at one height is reset first: hold the down button for \
eight seconds. If this does not help the motor is replaced at the customer's home.",
    ),
    (
        "policy/billing#invoice",
        "An invoice is made when the goods leave. A copy can be sent at any time; name and tax number may be corrected within 30 days, after \
that only by a credit note. Business customers pay by invoice within 14 days.",
    ),
    (
        "policy/privacy#deletion",
        "A request for deletion goes to the privacy desk and is done within 30 days. Invoices are kept for ten years, as the law demands; \
everything else is erased, and the customer gets a note when it is done.",
    ),
];

pub(crate) const TOPICS: [Topic; 20] = [
    topic(
        "support",
        "order_status",
        "Where is my order 4821? It should have come on Tuesday and the tracking page has not moved for days.",
        "Your order shipped on Monday and is with DHL in Hannover. The last scan is from this morning, and the carrier expects delivery on Saturday. You do not need to do anything; I will look again on Saturday evening.",
    ),
    topic(
        "support",
        "order_status",
        "Der Lieferstatus ist seit drei Tagen unverändert. Wann kommt mein Schreibtisch Aurora?",
        "Ihr Schreibtisch liegt bei der Spedition in Kassel und wird am Donnerstag ausgeliefert. Die Spedition ruft Sie am Tag davor an und nennt ein Zeitfenster von vier Stunden. Passt der Tag nicht, können Sie ihn in diesem Anruf verschieben.",
    ),
    topic(
        "support",
        "order_status",
        "Can I change the delivery address of my order? I am at my office until Friday.",
        "You can change it until the parcel leaves our warehouse, which is tomorrow at noon. I have noted your wish; please confirm the new address with the link we have just sent. After that only the carrier can redirect it.",
    ),
    topic(
        "support",
        "product_question",
        "What is the warranty on the Aurora desk, and does it cover the motor?",
        "The Aurora desk has ten years on the frame, five on the motors and two on the table top. The motor is covered for five years, with replacement at your home. Keep the invoice; nothing else is needed.",
    ),
    topic(
        "support",
        "product_question",
        "Do you ship to Norway, and who pays the customs?",
        "Yes. Shipping to Norway takes five to nine working days. Duties and tax are part of the price you see at the checkout, so nothing is asked for at the door. Desks go by freight, which calls you one day ahead.",
    ),
    topic(
        "support",
        "product_question",
        "Is the Lumen lamp dimmable with an ordinary wall switch?",
        "The Lumen lamp is dimmable with trailing-edge dimmers from 3 W. An ordinary on-off switch works too, but then you dim at the lamp. The manual lists twelve dimmers we have tried.",
    ),
    topic(
        "support",
        "product_question",
        "Which bulb fits the Fjord floor lamp?",
        "Any E27 bulb up to 12 W LED fits the Fjord. For the light you see on the pictures take 2,700 K with a frosted glass. Globes wider than 95 mm touch the shade.",
    ),
    topic(
        "support",
        "product_question",
        "Passt die Klemmleuchte Arbor an eine 60 mm dicke Tischplatte?",
        "Die Klemme der Arbor öffnet bis 55 mm, eine Platte von 60 mm ist also zu dick. Es gibt den Fuß mit Schraube, der bis 80 mm reicht; er kostet 19 Euro und passt an Ihre Leuchte.",
    ),
    topic(
        "support",
        "product_question",
        "Do you have a student discount? I need a desk and two lamps for my room.",
        "We do not have a student discount at the moment. Desk and lamp sets are ten percent cheaper than the single pieces, which would fit what you describe. I can put a set into your basket.",
    ),
    topic(
        "support",
        "account",
        "Please delete my data, I do not want to be a customer any more.",
        "I have passed your request to the privacy desk. It is done within 30 days and you get a note when it is. Invoices have to be kept for ten years; everything else is erased.",
    ),
    topic(
        "support",
        "account",
        "Cancel my subscription to the newsletter, it comes three times a week.",
        "The newsletter is cancelled for this address. One more may reach you, because it was already on its way. News about your orders still come.",
    ),
    topic(
        "support",
        "other",
        "Can I visit a showroom near Utrecht before I order?",
        "There is no showroom of ours in the Netherlands yet. The nearest is in Hamburg, open from Tuesday to Saturday. You can also order a sample box of woods and fabrics, free of charge.",
    ),
    topic(
        "returns",
        "return_request",
        "How do I return a lamp that arrived with a broken shade?",
        "I am sorry to hear that. If the cable is damaged too, please do not plug the lamp in. Send one photo of the shade to this ticket; we send a new shade today, and you do not need to return the old one.",
    ),
    topic(
        "returns",
        "return_request",
        "How long is the return window for desks that were already put together?",
        "You can return any desk within 30 days after it came, also when it was put together. Freight collects it; we need the measures of the package and your floor. The money comes back within five working days after it reached us.",
    ),
    topic(
        "returns",
        "return_request",
        "Ich habe die falsche Farbe bekommen: bestellt war Eiche, gekommen ist Nussbaum.",
        "Das war unser Fehler. Die Platte in Eiche verlässt morgen das Lager, die andere nimmt die Spedition bei der Lieferung mit. Sie müssen nichts verpacken und nichts bezahlen.",
    ),
    topic(
        "returns",
        "return_request",
        "My refund has not arrived, you received the parcel nine days ago.",
        "The parcel reached us and the refund was started the next day. Your bank needs up to three working days for it. If it is not there on Friday, answer to this ticket and a person from accounting will look.",
    ),
    topic(
        "returns",
        "warranty",
        "The motor of my desk stops at 92 cm and beeps twice.",
        "Two beeps mean that the motor has lost its zero point. Hold the down button for eight seconds until the desk reaches its lowest point and clicks. If it stops at 92 cm again, answer here: the motor is under warranty and is replaced at your home.",
    ),
    topic(
        "billing",
        "invoice",
        "My invoice shows the wrong company name, can you correct it?",
        "Yes. Within 30 days we can correct name and tax number on the invoice itself. Please send the right name as it stands in the register; the new invoice comes within one working day.",
    ),
    topic(
        "billing",
        "invoice",
        "I need a copy of the invoice of last March for my tax return.",
        "I have sent a copy of the invoice to the address of your account. You find all invoices of the last ten years under Orders as well. Nothing else is needed from you.",
    ),
    topic(
        "billing",
        "invoice",
        "Can I pay by invoice as a business customer?",
        "Business customers can pay by invoice within 14 days. Send us your tax number once; it is checked within one working day. Until then card and bank transfer are open to you.",
    ),
];
