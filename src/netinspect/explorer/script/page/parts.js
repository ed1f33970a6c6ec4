"use strict";
// Parts of the page that only some networks need: a page has those that its own network needs.
const parts = {};
