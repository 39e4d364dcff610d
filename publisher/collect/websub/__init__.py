"""WebSub, as a subscriber: hubs tell us of news, and what they tell is taken like what we fetch.

`links` finds the hub that a feed names, `decide` says what is asked of it and when,
`reach` whether it could call us at all, `signature` whether it was the hub that called:
these are pure. `keeping` notes what a visit found, `asking` speaks with hubs, `pushed`
takes what they sent. The address at which they call us is in the web. Polling never
stops: it becomes rarer while a hub proves that it tells us all.

Standards: W3C WebSub (Recommendation, 2018). Known weakness: of several hubs that a feed
names one is asked.
"""
